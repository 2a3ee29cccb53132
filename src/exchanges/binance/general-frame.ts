import { SIDE, type TradeBlock } from '../../domain/trade-block.js';
import { readDecimal, readId, readTime, Refusal, writeAmounts } from '../shared/general-trade.js';
import { parseJson } from '../shared/parse-json.js';
import { isPlainTrade } from '../shared/scan.js';
import type { Control } from '../venue.js';

/** Result for a frame of any shape. */
export type General =
  | { readonly kind: 'trade' | 'empty'; readonly sentAt: number }
  | { readonly kind: 'control'; readonly control: Control }
  | { readonly kind: 'other' }
  | { readonly kind: 'reject'; readonly refusal: Refusal; readonly symbol: string; readonly code: number; readonly id: number | undefined };

/**
 * Reads one frame with JSON.parse: any key order, spaces, escapes, unknown keys. It handles what the scanner does not; on the scanner's own
 * shape both agree.
 * @param resolve the code of a venue's symbol, -1 if it is not recorded
 */
export function readFrame(text: string, resolve: (venueSymbol: string) => number, block: TradeBlock, row: number): General {
  let frame: unknown;
  try {
    frame = parseJson(text);
  } catch {
    return reject(new Refusal('malformed_json', text.slice(0, 64)));
  }
  if (!isRecord(frame)) return reject(new Refusal('wrong_type', 'a frame is an object'));
  const payload = 'stream' in frame && 'data' in frame ? frame['data'] : frame;
  if (!isRecord(payload)) return reject(new Refusal('wrong_type', 'data is an object'));
  if (payload['e'] === 'serverShutdown') return { kind: 'control', control: { type: 'shutdown' } };
  if (payload === frame && 'id' in frame && ('result' in frame || 'code' in frame || 'error' in frame)) return readReply(frame);
  if (payload === frame && 'code' in frame && 'msg' in frame) return readReply(frame);
  // The stream's name decides, as in the scanner, which stops reading if it names another channel.
  const stream = frame['stream'];
  const channel = typeof stream === 'string' && stream.includes('@') ? stream.slice(stream.indexOf('@') + 1) : undefined;
  if (payload !== frame && channel !== undefined && channel !== 'trade') return { kind: 'other' };
  if (payload['e'] !== 'trade') {
    if (channel === 'trade') return reject(new Refusal('wrong_type', 'a trade stream carries trades'));
    return { kind: 'other' };
  }
  return readTrade(payload, resolve, block, row);
}

function readTrade(trade: Record<string, unknown>, resolve: (venueSymbol: string) => number, block: TradeBlock, row: number): General {
  const name = trade['s'];
  if (typeof name !== 'string') return reject(new Refusal(name === undefined ? 'missing_field' : 'wrong_type', 'symbol'));
  const code = resolve(name);
  if (code < 0) return reject(new Refusal('unknown_symbol', name.slice(0, 64)), name.slice(0, 64));
  const id = readId(trade['t']);
  if (id instanceof Refusal) return reject(id, name, code);
  const time = readTime(trade['T']);
  if (time instanceof Refusal) return reject(time, name, code, id);
  const sentAt = readTime(trade['E']);
  if (sentAt instanceof Refusal) return reject(sentAt, name, code, id);
  const isEmpty = readAmounts(trade, block, row);
  if (isEmpty instanceof Refusal) return reject(isEmpty, name, code, id);
  const maker = trade['m'];
  if (typeof maker !== 'boolean') return reject(new Refusal('bad_side', 'm is a boolean'), name, code, id);
  block.symbol[row] = code;
  block.id[row] = id;
  block.eventTime[row] = time;
  block.side[row] = maker ? SIDE.sell : SIDE.buy;
  return { kind: isEmpty ? 'empty' : 'trade', sentAt };
}

/** Reads price and quantity into a row. @returns whether the quantity is zero */
function readAmounts(trade: Record<string, unknown>, block: TradeBlock, row: number): boolean | Refusal {
  const { priceWhole, priceFraction, quantityWhole, quantityFraction, priceHigh, quantityHigh } = block;
  const isPlain =
    writePlainDecimal(trade['q'], quantityWhole, quantityFraction, row) && writePlainDecimal(trade['p'], priceWhole, priceFraction, row);
  if (isPlain && isPlainTrade(block, row)) {
    if (priceHigh !== null) priceHigh[row] = 0;
    if (quantityHigh !== null) quantityHigh[row] = 0;
    return false;
  }
  const quantity = readDecimal(trade['q'], 'bad_quantity');
  if (quantity instanceof Refusal) return quantity;
  const price = readDecimal(trade['p'], 'bad_price');
  if (price instanceof Refusal) return price;
  if (price === 0n && quantity > 0n) return new Refusal('bad_price', '0');
  return writeAmounts(block, row, price, quantity) ?? quantity === 0n;
}

/** `{"result":null,"id":1}`, `{"code":2,"msg":"..","id":1}` or `{"error":{"code":2,"msg":".."},"id":1}`. */
function readReply(reply: Record<string, unknown>): General {
  const id = typeof reply['id'] === 'number' ? reply['id'] : null;
  const error = isRecord(reply['error']) ? reply['error'] : reply;
  const message = error['msg'];
  if (typeof message === 'string' || 'code' in error) {
    return {
      kind: 'control',
      control: { type: 'refused', requestId: id, reason: typeof message === 'string' ? message : 'no reason given' },
    };
  }
  return id === null ? { kind: 'other' } : { kind: 'control', control: { type: 'acknowledged', requestId: id } };
}

function reject(refusal: Refusal, symbol = '', code = -1, id?: number): General {
  return { kind: 'reject', refusal, symbol, code, id };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const DIGITS_MAX = 12;
const POINT = 0x2e;
const ZERO = 0x30;
const POW10 = Float64Array.from({ length: DIGITS_MAX + 1 }, (_, power) => Number(`1e${power}`));

/**
 * Writes decimal text into the limbs of a row, without BigInt.
 * @returns false, with the row undefined, unless it is plain digits: at most 12 before the point, and 1 to 12 after it if there is one
 */
function writePlainDecimal(text: unknown, wholes: Float64Array, fractions: Float64Array, row: number): boolean {
  if (typeof text !== 'string') return false;
  const { length } = text;
  let at = 0;
  let whole = 0;
  for (let digit = digitAt(text, at); digit >= 0; digit = digitAt(text, ++at)) whole = whole * 10 + digit;
  if (at === 0 || at > DIGITS_MAX) return false;
  wholes[row] = whole;
  fractions[row] = 0;
  if (at === length) return true;
  if (text.charCodeAt(at) !== POINT) return false;
  const first = at + 1;
  let fraction = 0;
  at = first;
  for (let digit = digitAt(text, at); digit >= 0; digit = digitAt(text, ++at)) fraction = fraction * 10 + digit;
  const decimals = at - first;
  if (at !== length || decimals === 0 || decimals > DIGITS_MAX) return false;
  fractions[row] = fraction * POW10[DIGITS_MAX - decimals]!;
  return true;
}

/** A digit's value, or -1, also past the end. */
function digitAt(text: string, at: number): number {
  const digit = text.charCodeAt(at) - ZERO;
  return digit >= 0 && digit <= 9 ? digit : -1;
}
