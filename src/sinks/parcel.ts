import type { Observable } from 'rxjs';
import type { Candle } from '../domain/candle.js';
import { ROW_BYTES, type TradeBlock } from '../domain/trade-block.js';
import type { Batch, RefusedRows } from '../domain/ports/sink.js';
import type { SymbolTable } from '../domain/symbol-table.js';

/** Rows of a parcel, from one up to another, that are not stored. */
export type RefusedRange = Pick<RefusedRows, 'from' | 'to' | 'error' | 'fate'>;

/** What became of the rows of a parcel: those that are not refused are stored, or wait on disk for a sink that is away. */
export interface ParcelOutcome {
  readonly stored: number;
  /** On disk, and not stored yet. */
  readonly spooled: number;
  /** Lowest rows first. */
  readonly refused: readonly RefusedRange[];
}

interface Handed {
  readonly rows: number;
  /** Its size in memory until it is settled, roughly. */
  readonly bytes: number;
  /** Told once what became of the rows. Of several parcels the later one may be told first. */
  readonly settled: (outcome: ParcelOutcome) => void;
}

/** Trades: lent until they are settled. */
export interface TradesParcel extends Handed {
  readonly table: 'trades_data';
  readonly trades: TradeBlock;
}

export interface CandlesParcel extends Handed {
  readonly table: 'candles_data';
  readonly candles: readonly Candle[];
}

/** The few rows of any other table, each as a line of JSON. */
export interface LinesParcel extends Handed {
  readonly table: Exclude<Batch['table'], 'trades_data' | 'candles_data'>;
  readonly lines: readonly string[];
}

/** Rows as they are handed to a lane, which encodes them for its sink. */
export type Parcel = TradesParcel | CandlesParcel | LinesParcel;

/** The path of rows to a sink, as senders see it. */
export interface Outlet {
  /**
   * Accepts a parcel; calls `settled` only after this returns. Trades are held until the next flush. A full outlet still accepts parcels, but
   * the sender should wait for `room()`.
   */
  send(parcel: Parcel): void;
  /** Trades of a symbol table that were gathered are to be written now. */
  flush(symbols: SymbolTable): void;
  /** Whether the queue is over its bounds. */
  readonly isFull: boolean;
  /** Emits when `isFull` changes. */
  readonly full$: Observable<boolean>;
  /** Resolves when it is not full. */
  room(): Promise<void>;
}

/** A candle with its sums, measured. */
const CANDLE_BYTES = 400;

const NOTHING = (): void => undefined;

export function tradesParcel(trades: TradeBlock, settled: Handed['settled']): TradesParcel {
  return { table: 'trades_data', rows: trades.length, bytes: trades.length * ROW_BYTES, trades, settled };
}

export function candlesParcel(candles: readonly Candle[], settled: Handed['settled']): CandlesParcel {
  return { table: 'candles_data', rows: candles.length, bytes: candles.length * CANDLE_BYTES, candles, settled };
}

/** @param rows objects whose keys are the columns */
export function rowsParcel(table: LinesParcel['table'], rows: readonly object[], settled: Handed['settled'] = NOTHING): LinesParcel {
  const lines = rows.map((row) => JSON.stringify(row));
  return { table, rows: lines.length, bytes: lines.reduce((sum, line) => sum + line.length, 0), lines, settled };
}

/** Tells each parcel of a batch what became of its rows. */
export function tellParcels(parcels: readonly Parcel[], refused: readonly RefusedRows[]): void {
  let begin = 0;
  for (const { rows, settled } of parcels) {
    const end = begin + rows;
    const own = refused
      .filter(({ from, to }) => from < end && to > begin)
      .map(({ from, to, error, fate }) => ({ from: Math.max(from, begin) - begin, to: Math.min(to, end) - begin, error, fate }));
    settled({ stored: rows - own.reduce((sum, { from, to }) => sum + to - from, 0), spooled: 0, refused: own });
    begin = end;
  }
}
