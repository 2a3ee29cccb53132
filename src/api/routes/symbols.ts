import { Type } from 'typebox';
import { formatUs, type JsonTime, type TimeFormat } from '../../codec/json/time.js';
import type { StoredSymbol } from '../../domain/ports/reader.js';
import type { Api, ApiPorts } from '../api-ports.js';
import type { ReadGuard } from '../safety/read-limits.js';
import { Field, jsonResponses, PageOf } from '../schemas/common.js';
import { TimeParameter } from '../schemas/query.js';

const SymbolSchema = Type.Object({
  exchange: Type.String(),
  symbol: Type.String(),
  trades: Field.count('Number of stored trades.'),
  first_time: Field.time('Event time of the oldest trade.'),
  last_time: Field.time('Event time of the newest trade.'),
});

/** It counts all stored trades. */
const COST = { rows: Infinity, bytes: 1_000_000 };

export function addSymbols(app: Api, { reader }: Pick<ApiPorts, 'reader'>, reads: ReadGuard): void {
  const schema = {
    summary: 'Markets with stored trades',
    querystring: Type.Object(TimeParameter, { additionalProperties: false }),
    response: jsonResponses(PageOf(SymbolSchema)),
  };
  app.get('/v1/symbols', { schema }, async (request) => {
    const { query, signal } = request;
    await reads.enter(request, COST);
    const symbols = await reader.symbols(signal);
    return { data: symbols.map((symbol) => symbolJson(symbol, query.time)), next: null };
  });
}

/** A market with stored trades in public form. */
export interface SymbolJson {
  exchange: string;
  symbol: string;
  trades: number;
  first_time: JsonTime;
  last_time: JsonTime;
}

export function symbolJson(stored: StoredSymbol, timeFormat: TimeFormat): SymbolJson {
  return {
    exchange: stored.exchange,
    symbol: stored.symbol,
    trades: stored.trades,
    first_time: formatUs(stored.firstTime, 6, timeFormat),
    last_time: formatUs(stored.lastTime, 6, timeFormat),
  };
}
