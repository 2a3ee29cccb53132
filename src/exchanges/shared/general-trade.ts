import { DECIMAL_LIMIT, parseDecimal, SCALE } from '../../domain/decimal.js';
import type { RejectReason } from '../../domain/reject.js';
import type { TradeBlock } from '../../domain/trade-block.js';
import { limbsOf } from './scan.js';

/** A refused field and the reason; with the trade's id if that could be read. */
export class Refusal {
  constructor(
    readonly reason: RejectReason,
    readonly detail: string,
  ) {}
}

/** A quote volume has 24 fractional digits of 38: that of a single trade must fit too. */
const NOTIONAL_LIMIT = DECIMAL_LIMIT;
const MICROSECONDS_FROM = 1e14;

/** A trade id: an integer from 0 to 2^53 - 1. */
export function readId(value: unknown): number | Refusal {
  if (typeof value !== 'number') return new Refusal(value === undefined ? 'missing_field' : 'wrong_type', 'trade id');
  return Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0) ? value : new Refusal('bad_id', String(value));
}

/** A trade id as its digits: an integer from 0 to 2^53 - 1, in canonical form. */
export function readIdText(value: unknown): number | Refusal {
  if (typeof value !== 'string') return new Refusal(value === undefined ? 'missing_field' : 'wrong_type', 'trade id');
  const id = /^(0|[1-9]\d{0,15})$/.test(value) ? Number(value) : NaN;
  return Number.isSafeInteger(id) ? id : new Refusal('bad_id', value.slice(0, 64));
}

/** A venue's time in ms or us, as us. */
export function readTime(value: unknown): number | Refusal {
  if (typeof value !== 'number') return new Refusal(value === undefined ? 'missing_field' : 'wrong_type', 'time');
  if (!Number.isSafeInteger(value) || value < 0 || Object.is(value, -0)) return new Refusal('bad_time', String(value));
  return value < MICROSECONDS_FROM ? value * 1_000 : value;
}

/** Decimal text, not negative, exact in Decimal(38, 12). */
export function readDecimal(value: unknown, reason: 'bad_price' | 'bad_quantity'): bigint | Refusal {
  if (typeof value !== 'string') return new Refusal(value === undefined ? 'missing_field' : 'wrong_type', reason.slice(4));
  if (!/^\d+(\.\d+)?$/.test(value)) return new Refusal(reason, value.slice(0, 64));
  const parsed = value.length > 512 ? null : parseDecimal(value, SCALE);
  if (parsed !== null) return parsed;
  const decimals = value.length - 1 - value.indexOf('.');
  return value.includes('.') && /[1-9]/.test(value.slice(value.length - decimals + SCALE))
    ? new Refusal('too_many_decimals', value.slice(0, 64))
    : new Refusal('too_many_digits', value.slice(0, 64));
}

/** Writes price and quantity (10^-12 units) into a row; refused if their product does not fit. */
export function writeAmounts(block: TradeBlock, row: number, price: bigint, quantity: bigint): Refusal | undefined {
  if (price * quantity >= NOTIONAL_LIMIT) return new Refusal('notional_too_large', 'price times quantity has more than 14 integer digits');
  const p = limbsOf(price);
  const q = limbsOf(quantity);
  block.priceWhole[row] = p.whole;
  block.priceFraction[row] = p.fraction;
  block.quantityWhole[row] = q.whole;
  block.quantityFraction[row] = q.fraction;
  if (p.high !== 0 || block.priceHigh !== null) block.setPriceHigh(row, p.high);
  if (q.high !== 0 || block.quantityHigh !== null) block.setQuantityHigh(row, q.high);
  return undefined;
}
