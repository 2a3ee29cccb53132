import { DECIMAL_LIMIT } from '../../domain/decimal.js';
import type { Side, TradeBlock } from '../../domain/trade-block.js';
import { Refusal } from './general-trade.js';

/** A trade from a general parser: any shape of JSON, one object per trade, not on the hot path. */
export interface ReadTrade {
  readonly kind: 'trade';
  /** Code of its symbol. */
  readonly code: number;
  readonly id: number;
  /** us. */
  readonly time: number;
  /** Units of 10^-12. */
  readonly price: bigint;
  /** Units of 10^-12; zero if it is not a trade although its id was used. */
  readonly quantity: bigint;
  readonly side: Side;
  /** Whether it is part of a snapshot: older trades, sent because of a new subscription. */
  readonly isSnapshot: boolean;
}

/** An unreadable entry in place of a trade. With a code and an id, the id counts as covered. */
export interface RefusedTrade {
  readonly kind: 'refused';
  readonly refusal: Refusal;
  /** The venue's symbol, or ''. */
  readonly symbol: string;
  readonly code: number;
  readonly id?: number;
}

/** The fields of a trade, each read or refused separately. */
export interface TradeFields {
  readonly id: number | Refusal;
  readonly time: number | Refusal;
  readonly quantity: bigint | Refusal;
  readonly price: bigint | Refusal;
  readonly side: Side | Refusal;
}

/** A trade from its fields, or the first refused field. @param symbol the venue's name of the market */
export function readTrade(symbol: string, code: number, fields: TradeFields, isSnapshot: boolean): ReadTrade | RefusedTrade {
  const { id, time, quantity, price, side } = fields;
  if (id instanceof Refusal) return refused(id, symbol, code);
  const refuse = (refusal: Refusal): RefusedTrade => ({ ...refused(refusal, symbol, code), id });
  if (time instanceof Refusal) return refuse(time);
  if (quantity instanceof Refusal) return refuse(quantity);
  if (price instanceof Refusal) return refuse(price);
  if (side instanceof Refusal) return refuse(side);
  if (price === 0n && quantity > 0n) return refuse(new Refusal('bad_price', '0'));
  // A quote volume has 24 fractional digits of 38: that of a single trade must fit too.
  if (price * quantity >= DECIMAL_LIMIT) {
    return refuse(new Refusal('notional_too_large', 'price times quantity has more than 14 integer digits'));
  }
  return { kind: 'trade', code, id, time, price, quantity, side, isSnapshot };
}

/** An entry without a readable id. */
export function refused(refusal: Refusal, symbol = '', code = -1): RefusedTrade {
  return { kind: 'refused', refusal, symbol, code };
}

/**
 * Trades of one frame or page in the order of emission: by symbol, then id. Of two with the same id the older one in the frame comes first,
 * and is kept. Entries without an id are last.
 * @param newestFirst whether the venue writes newest first
 */
export function inOrder(trades: readonly (ReadTrade | RefusedTrade)[], newestFirst: boolean): (ReadTrade | RefusedTrade)[] {
  const ordered = newestFirst ? [...trades].reverse() : [...trades];
  const named = ordered.filter((trade) => trade.id !== undefined);
  const nameless = ordered.filter((trade) => trade.id === undefined);
  return [...named.sort((a, b) => a.code - b.code || a.id! - b.id!), ...nameless];
}

/**
 * Sorts the rows that a scanner has just written for one frame into the order of emission: by symbol, then id, as inOrder does. A frame of
 * one symbol with ascending or descending ids costs one look per row; others are sorted.
 * @param newestFirst whether the venue writes newest first
 */
export function sortRows(block: TradeBlock, from: number, to: number, newestFirst: boolean): void {
  const { symbol, id } = block;
  let rising = true;
  let falling = true;
  for (let row = from + 1; row < to; row++) {
    const step = symbol[row] === symbol[row - 1] ? id[row]! - id[row - 1]! : 0;
    if (step <= 0) rising = false;
    if (step >= 0) falling = false;
  }
  if (rising) return;
  // Scanners write neither high limbs nor the columns that all rows of a frame have in common.
  const columns = [
    ...[block.symbol, block.id, block.eventTime, block.side],
    ...[block.priceWhole, block.priceFraction, block.quantityWhole, block.quantityFraction],
  ];
  if (falling) {
    for (const column of columns) column.subarray(from, to).reverse();
    return;
  }
  const order = Array.from({ length: to - from }, (_, at) => at);
  if (newestFirst) order.reverse();
  order.sort((a, b) => symbol[from + a]! - symbol[from + b]! || id[from + a]! - id[from + b]!);
  for (const column of columns) {
    const copy = column.slice(from, to);
    order.forEach((row, at) => (column[from + at] = copy[row]!));
  }
}
