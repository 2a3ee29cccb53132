import { DECIMAL_LIMIT } from '../../domain/decimal.js';
import type { Side } from '../../domain/trade.js';
import { Refusal } from './general-trade.js';

/** A trade as a general parser read it: any shape of JSON, one object a trade, off the hot path. */
export interface ReadTrade {
  readonly kind: 'trade';
  /** Code of its symbol. */
  readonly code: number;
  readonly id: number;
  /** us. */
  readonly time: number;
  /** Units of 10^-12. */
  readonly price: bigint;
  /** Units of 10^-12; zero where it is no trade though its id was given out. */
  readonly quantity: bigint;
  readonly side: Side;
  /** Whether it is older news, sent because somebody has just subscribed. */
  readonly isSnapshot: boolean;
}

/** What stood where a trade should. With a code and an id the id counts as seen. */
export interface RefusedTrade {
  readonly kind: 'refused';
  readonly refusal: Refusal;
  /** The venue's symbol, or ''. */
  readonly symbol: string;
  readonly code: number;
  readonly id?: number;
}

/** The fields of a trade, each read or refused on its own. */
export interface TradeFields {
  readonly id: number | Refusal;
  readonly time: number | Refusal;
  readonly quantity: bigint | Refusal;
  readonly price: bigint | Refusal;
  readonly side: Side | Refusal;
}

/** A trade of its fields, or the first of them that is refused. @param symbol the venue's name of the market */
export function readTrade(symbol: string, code: number, fields: TradeFields, isSnapshot: boolean): ReadTrade | RefusedTrade {
  const { id, time, quantity, price, side } = fields;
  if (id instanceof Refusal) return refused(id, symbol, code);
  const refuse = (refusal: Refusal): RefusedTrade => ({ ...refused(refusal, symbol, code), id });
  if (time instanceof Refusal) return refuse(time);
  if (quantity instanceof Refusal) return refuse(quantity);
  if (price instanceof Refusal) return refuse(price);
  if (side instanceof Refusal) return refuse(side);
  if (price === 0n && quantity > 0n) return refuse(new Refusal('bad_price', '0'));
  // A quote volume has 24 fractional digits of 38: a single trade's must fit too.
  if (price * quantity >= DECIMAL_LIMIT) {
    return refuse(new Refusal('notional_too_large', 'price times quantity has more than 14 integer digits'));
  }
  return { kind: 'trade', code, id, time, price, quantity, side, isSnapshot };
}

/** What has no id that could be read. */
export function refused(refusal: Refusal, symbol = '', code = -1): RefusedTrade {
  return { kind: 'refused', refusal, symbol, code };
}

/**
 * Trades of one frame or page in the order in which they are emitted: by symbol, then id. Of two with the same id the older one in the
 * frame comes first, and counts. What has no id stands at the end.
 * @param newestFirst whether the venue writes them in that order
 */
export function inOrder(trades: readonly (ReadTrade | RefusedTrade)[], newestFirst: boolean): (ReadTrade | RefusedTrade)[] {
  const ordered = newestFirst ? [...trades].reverse() : [...trades];
  const named = ordered.filter((trade) => trade.id !== undefined);
  const nameless = ordered.filter((trade) => trade.id === undefined);
  return [...named.sort((a, b) => a.code - b.code || a.id! - b.id!), ...nameless];
}
