import { type Candle, INTERVALS, supersedes } from '../domain/candle.js';
import { formatDecimal, SCALE } from '../domain/decimal.js';
import type { CandleQuery, Reader, StoredSymbol, TradeQuery, TradeRow } from '../domain/ports/reader.js';
import { ORIGINS, SIDES, type TradeBlock } from '../domain/trade-block.js';
import type { VenueRecorder } from '../recording/recorder/venue-recorder.js';

/**
 * Rows from memory and store combined: unacknowledged rows are only in memory, evicted ones only stored, and for a row in both the higher
 * version counts. Memory is read first: what leaves it meanwhile is stored by then.
 */
export class MarketReader implements Reader {
  constructor(
    private readonly stored: Reader,
    private readonly recorders: ReadonlyMap<string, VenueRecorder>,
  ) {}

  async candles(query: CandleQuery, signal?: AbortSignal): Promise<Candle[]> {
    const inMemory = this.#candles(query);
    const rows = new Map<number, Candle>();
    for (const candle of await this.stored.candles(query, signal)) rows.set(candle.openTime, candle);
    for (const candle of inMemory) {
      const row = rows.get(candle.openTime);
      if (row === undefined || !supersedes(row, candle)) rows.set(candle.openTime, candle);
    }
    return cut(
      [...rows.values()].sort((a, b) => a.openTime - b.openTime),
      query,
    );
  }

  async trades(query: TradeQuery, signal?: AbortSignal): Promise<TradeRow[]> {
    const inMemory = this.#trades(query);
    const rows = new Map<string, TradeRow>();
    for (const trade of [...(await this.stored.trades(query, signal)), ...inMemory]) rows.set(trade.tradeId, trade);
    return cut([...rows.values()].sort(byTimeAndId), query);
  }

  async symbols(signal?: AbortSignal): Promise<StoredSymbol[]> {
    return await this.stored.symbols(signal);
  }

  #candles({ exchange, symbol, interval, range }: CandleQuery): Candle[] {
    const state = this.recorders.get(exchange)?.state;
    const code = state?.symbols.find(symbol);
    if (state === undefined || code === undefined) return [];
    return state.of(code).book.candles(INTERVALS.indexOf(interval), range.from, range.to);
  }

  /** In order, no more than the limit: behind a slow store far more may be in memory, and only returned rows are materialised. */
  #trades({ exchange, symbol, range, after, before, limit, newest }: TradeQuery): TradeRow[] {
    const recorder = this.recorders.get(exchange);
    const code = recorder?.state.symbols.find(symbol);
    if (recorder === undefined || code === undefined) return [];
    const found: { readonly block: TradeBlock; readonly row: number }[] = [];
    for (const block of recorder.pendingTrades()) {
      for (let row = 0; row < block.length; row++) {
        const time = block.eventTime[row]!;
        if (block.symbol[row] !== code || time < range.from || time >= range.to) continue;
        if (after !== undefined && position(block, row, after) <= 0) continue;
        if (before !== undefined && position(block, row, before) >= 0) continue;
        found.push({ block, row });
      }
    }
    found.sort((a, b) => a.block.eventTime[a.row]! - b.block.eventTime[b.row]! || a.block.id[a.row]! - b.block.id[b.row]!);
    return cut(found, { limit, ...(newest === undefined ? {} : { newest }) }).map(({ block, row }) => rowOf(block, row, exchange, symbol));
  }
}

function rowOf(block: TradeBlock, row: number, exchange: string, symbol: string): TradeRow {
  return {
    exchange,
    symbol,
    tradeId: String(block.id[row]!),
    price: formatDecimal(block.price(row), SCALE),
    quantity: formatDecimal(block.quantity(row), SCALE),
    side: SIDES[block.side[row]!]!,
    eventTime: block.eventTime[row]!,
    receiveTime: block.receiveTime[row]!,
    sequence: block.sequence[row]! < 0 ? null : String(block.sequence[row]!),
    connectionId: String(block.connectionId),
    origin: ORIGINS[block.origin[row]!]!,
  };
}

/** Negative if the row comes before a position of time and id. */
function position(block: TradeBlock, row: number, place: { readonly eventTime: number; readonly tradeId: string }): number {
  return block.eventTime[row]! - place.eventTime || block.id[row]! - Number(place.tradeId);
}

function byTimeAndId(a: TradeRow, b: TradeRow): number {
  return a.eventTime - b.eventTime || Number(a.tradeId) - Number(b.tradeId);
}

/** The oldest rows up to the limit, or the newest if the query asks for those. */
function cut<T>(rows: T[], { limit, newest }: { readonly limit: number; readonly newest?: boolean }): T[] {
  return newest === true ? rows.slice(-limit) : rows.slice(0, limit);
}
