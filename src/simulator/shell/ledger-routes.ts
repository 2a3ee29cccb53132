import type { RequestListener, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isInterval } from '../interval.js';
import type { Candle } from '../ledger/candle.js';
import type { Ledger } from '../ledger/ledger.js';
import { requestUrl, type VenueCore } from '../venue-core.js';
import type { Traffic } from './traffic.js';

/** What the market can be told from outside. */
export interface MarketControl {
  pause(): void;
  resume(): void;
}

const ROWS_PER_CHUNK = 2_000;

/**
 * The ledger for a test in another process: `/_ledger/summary` (JSON), `/_ledger/trades` (CSV), `/_ledger/candles` (a JSON
 * document a line), and POST `/_ledger/pause` and `/_ledger/resume`.
 */
export function ledgerRoutes(core: VenueCore, market: MarketControl, traffic: Traffic): RequestListener {
  const { ledger } = core;
  return (request, response) => {
    const { pathname = '', searchParams = new URLSearchParams() } = requestUrl(request.url ?? '/') ?? {};
    const symbol = searchParams.get('symbol') ?? '';
    const route = `${request.method ?? ''} ${pathname}`;
    if (route === 'POST /_ledger/pause' || route === 'POST /_ledger/resume') {
      if (pathname.endsWith('pause')) market.pause();
      else market.resume();
      sendJson(response, 200, summaryOf(core, traffic));
    } else if (route === 'GET /_ledger/summary') {
      sendJson(response, 200, summaryOf(core, traffic));
    } else if (route === 'GET /_ledger/trades' && ledger.find(symbol) !== undefined) {
      sendLines(response, 'text/csv', tradeLines(ledger, symbol, Number(searchParams.get('from_id') ?? 0)));
    } else if (route === 'GET /_ledger/candles' && ledger.find(symbol) !== undefined) {
      const interval = searchParams.get('interval') ?? '';
      if (isInterval(interval)) sendLines(response, 'application/x-ndjson', candleLines(ledger.candles(symbol, interval)));
      else sendJson(response, 400, { error: `There is no interval "${interval}".` });
    } else {
      sendJson(response, 404, { error: `Nothing is at ${route}, or the symbol "${symbol}" is not traded.` });
    }
  };
}

function summaryOf({ ledger, ended }: VenueCore, traffic: Traffic): object {
  const symbols = ledger.symbols().map((symbol) => {
    const trades = ledger.find(symbol)!.trades;
    return {
      symbol,
      trades: trades.length,
      emitted: ledger.emittedCount(symbol),
      emitted_ids: ledger.emittedIds(symbol),
      first_trade_id: trades.length > 0 ? trades.id(0) : null,
      last_trade_id: trades.length > 0 ? trades.id(trades.length - 1) : null,
    };
  });
  return {
    // Whether a capture is over: then nothing is added any more.
    ended,
    trades: symbols.reduce((sum, entry) => sum + entry.trades, 0),
    emitted: symbols.reduce((sum, entry) => sum + entry.emitted, 0),
    symbols,
    // Whether clients keep within the venue's limits.
    traffic,
  };
}

function* tradeLines(ledger: Ledger, symbol: string, fromId: number): Generator<string, void, undefined> {
  yield 'id,price,quantity,side,time_ms,time_us';
  for (const { id, price, quantity, side, timeUs } of ledger.trades(symbol, fromId)) {
    yield `${id},${price},${quantity},${side},${Math.floor(timeUs / 1_000)},${timeUs}`;
  }
}

function* candleLines(candles: readonly Candle[]): Generator<string, void, undefined> {
  for (const candle of candles) {
    const named = Object.entries(candle).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value as unknown,
    ]);
    yield JSON.stringify(Object.fromEntries(named));
  }
}

/** As quickly as the client reads, in chunks that leave the event loop to others. */
function sendLines(response: ServerResponse, type: string, lines: Iterable<string>): void {
  response.writeHead(200, { 'content-type': type });
  // A client that goes away in the middle needs no answer.
  pipeline(Readable.from(chunksOf(lines)), response).catch(() => response.destroy());
}

function* chunksOf(lines: Iterable<string>): Generator<string, void, undefined> {
  let chunk: string[] = [];
  for (const line of lines) {
    chunk.push(line, '\n');
    if (chunk.length < 2 * ROWS_PER_CHUNK) continue;
    yield chunk.join('');
    chunk = [];
  }
  if (chunk.length > 0) yield chunk.join('');
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
