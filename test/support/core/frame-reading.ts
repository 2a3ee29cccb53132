import type { ReferenceTrade } from './reference.js';
import { referenceDecimal } from './reference.js';

/*
 * An independent second opinion on frames that hold many trades: the slow and obvious way. It imports nothing of the program.
 */

export type ReadItem =
  | { readonly kind: 'trade'; readonly trade: ReferenceTrade; readonly isSnapshot: boolean }
  /** Not to be taken, for each of these reasons. */
  | { readonly kind: 'reject'; readonly faults: ReadonlySet<string>; readonly symbol?: string; readonly id?: number };

export type FrameReading =
  | { readonly kind: 'trades'; readonly sentAt: number; readonly sequence: number; readonly items: readonly ReadItem[] }
  | { readonly kind: 'quiet'; readonly sentAt: number; readonly sequence: number; readonly controls: number; readonly isOther: boolean }
  | { readonly kind: 'reject'; readonly faults: ReadonlySet<string> };

/** us of a time such as 2026-08-09T21:05:42.514318Z, or a fault. */
export function referenceIsoTime(value: unknown): number | string {
  if (value === undefined) return 'missing_field';
  if (typeof value !== 'string') return 'wrong_type';
  const [date, fraction, more] = value.endsWith('Z') ? value.slice(0, -1).split('.') : [];
  const ms = new Date(`${date}Z`).getTime();
  // Only a date that is written just so comes back as it was.
  if (date?.length !== 19 || more !== undefined || Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 19) !== date) return 'bad_time';
  if (ms < 0 || (fraction !== undefined && (fraction.length < 1 || fraction.length > 9 || !allDigits(fraction)))) return 'bad_time';
  return ms * 1_000 + Number(`${fraction ?? ''}000000`.slice(0, 6));
}

export function allDigits(text: string): boolean {
  return Array.from(text).every((mark) => mark >= '0' && mark <= '9');
}

/** An id written as digits, or a fault. */
function referenceId(value: unknown): number | string {
  if (value === undefined) return 'missing_field';
  if (typeof value !== 'string') return 'wrong_type';
  if (value === '' || !allDigits(value) || String(BigInt(value)) !== value || BigInt(value) > 9_007_199_254_740_991n) return 'bad_id';
  return Number(value);
}

export interface RawTrade {
  readonly symbol: unknown;
  readonly id: unknown;
  readonly time: unknown;
  readonly price: unknown;
  readonly quantity: unknown;
  /** Whether the taker bought; undefined where that cannot be told. */
  readonly bought: boolean | undefined;
}

/** Reads the fields of a trade, numbers given as their text. */
export function referenceItem(raw: RawTrade, isSnapshot: boolean, symbolOf: (venueSymbol: string) => string | undefined): ReadItem {
  const faults = new Set<string>();
  const note = <T>(value: T | string): T | undefined => {
    if (typeof value !== 'string') return value;
    faults.add(value);
    return undefined;
  };
  const symbol = typeof raw.symbol === 'string' ? symbolOf(raw.symbol) : undefined;
  if (typeof raw.symbol !== 'string') faults.add(raw.symbol === undefined ? 'missing_field' : 'wrong_type');
  else if (symbol === undefined) faults.add('unknown_symbol');
  const id = note(referenceId(raw.id));
  const time = note(referenceIsoTime(raw.time));
  const price = note(referenceDecimal(raw.price, 'bad_price'));
  const quantity = note(referenceDecimal(raw.quantity, 'bad_quantity'));
  if (raw.bought === undefined) faults.add('bad_side');
  if (price === 0n && quantity !== 0n) faults.add('bad_price');
  if (price !== undefined && quantity !== undefined && (price * quantity).toString().length > 38) faults.add('notional_too_large');
  const { bought } = raw;
  if (faults.size > 0 || symbol === undefined || id === undefined || time === undefined || price === undefined || quantity === undefined) {
    return { kind: 'reject', faults, ...(symbol === undefined || id === undefined ? {} : { symbol, id }) };
  }
  return { kind: 'trade', isSnapshot, trade: { symbol, id, time, price, quantity, bought: bought === true, repaired: false } };
}
