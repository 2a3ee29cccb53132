import { SIDE, type TradeBlock } from '../../domain/trade-block.js';
import { ENDS, scanDecimal, scanInteger, SCANNED, word } from '../shared/scan.js';
import type { SymbolLookup } from '../shared/symbol-lookup.js';

/*
 * Combined and raw trade frames (shape as captured, values made up):
 *   {"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}}
 *   {"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}
 */

/** Result of a scan. */
export const SHAPE = {
  /** A row was written. */
  trade: 0,
  /** A row with quantity zero was written: not a trade, but its id is covered. */
  empty: 1,
  /** A frame of another stream: ignored. */
  other: 2,
  /** Not the fixed shape: the general parser decides. */
  unusual: 3,
} as const;
export type Shape = (typeof SHAPE)[keyof typeof SHAPE];

const W = {
  st: word('{"st'),
  re: word('ream'),
  colon: word('":"x') & 0x00ffffff,
  trade0: word('trad'),
  trade1: word('e","'),
  data0: word('data'),
  data1: word('a":{'),
  e0: word('{"e"'),
  e1: word(':"tr'),
  e2: word('ade"'),
  e3: word(',"E"'),
  s0: word(',"s"'),
  t0: word('"t":'),
  p0: word(',"p"'),
  q0: word('"q":'),
  bigT: word(',"T"'),
  m0: word('"m":'),
  bigM: word('"M":'),
  tru: word('true'),
  fals: word('fals'),
} as const;

const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const AT_SIGN = 0x40;
const CLOSE = 0x7d;
const LETTER_E = 0x65;
const THREE_BYTES = 0x00ffffff;
/** Times below this many units are milliseconds, above it microseconds (1973 in the one, year 5138 in the other). */
const MICROSECONDS_FROM = 1e14;
/** Above this, price times quantity might not fit Decimal(38, 24); the general parser computes it exactly. */
const NOTIONAL_SAFE = 9e13;

/** The send time (us) of the last scanned frame: in a typed array, so that it is not boxed. */
export const SENT_AT = new Float64Array(1);

/**
 * Scans one frame of the fixed shape into a row, comparing every byte that is not a value, so that it accepts exactly the frames that the
 * general parser reads the same way.
 */
export function scanTrade(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  lookup: SymbolLookup,
  block: TradeBlock,
  row: number,
): Shape {
  let at = start;
  let wrapped = false;
  if (view.getInt32(at, true) === W.st) {
    // {"stream":"
    if (view.getInt32(at + 4, true) !== W.re || (view.getInt32(at + 8, true) & THREE_BYTES) !== W.colon) return SHAPE.unusual;
    at += 11;
    const limit = Math.min(end, at + 40);
    while (at < limit && bytes[at] !== AT_SIGN) {
      const byte = bytes[at]!;
      if (byte < 0x30 || byte > 0x7a || byte === 0x5c) return SHAPE.unusual;
      at += 1;
    }
    if (at >= limit) return SHAPE.unusual;
    at += 1;
    if (view.getInt32(at, true) !== W.trade0 || view.getInt32(at + 4, true) !== W.trade1) {
      // The trade stream in another form (a space, a truncated frame) is left to the general parser: only other streams are skipped.
      const isTrade = view.getInt32(at, true) === W.trade0 && bytes[at + 4] === LETTER_E && bytes[at + 5] === QUOTE;
      return isTrade || at + 8 >= end ? SHAPE.unusual : SHAPE.other;
    }
    if (view.getInt32(at + 8, true) !== W.data0 || view.getInt32(at + 11, true) !== W.data1) return SHAPE.unusual;
    at += 14;
    wrapped = true;
  }
  // {"e":"trade","E":
  if (
    view.getInt32(at, true) !== W.e0 ||
    view.getInt32(at + 4, true) !== W.e1 ||
    view.getInt32(at + 8, true) !== W.e2 ||
    view.getInt32(at + 12, true) !== W.e3 ||
    bytes[at + 16] !== COLON
  ) {
    return SHAPE.unusual;
  }
  at = scanInteger(bytes, view, at + 17);
  if (at < 0) return SHAPE.unusual;
  const sent = SCANNED[0]!;
  // ,"s":"
  if (view.getInt32(at, true) !== W.s0 || bytes[at + 4] !== COLON || bytes[at + 5] !== QUOTE) return SHAPE.unusual;
  at += 6;
  const symbolStart = at;
  const symbolLimit = Math.min(end, at + 40);
  while (at < symbolLimit && bytes[at] !== QUOTE) {
    const byte = bytes[at]!;
    if (byte < 0x30 || byte > 0x5a) return SHAPE.unusual;
    at += 1;
  }
  if (at >= symbolLimit) return SHAPE.unusual;
  const symbolEnd = at;
  // ","t":
  if (bytes[at + 1] !== COMMA || view.getInt32(at + 2, true) !== W.t0) return SHAPE.unusual;
  at = scanInteger(bytes, view, at + 6);
  if (at < 0) return SHAPE.unusual;
  const id = SCANNED[0]!;
  // ,"p":"
  if (view.getInt32(at, true) !== W.p0 || bytes[at + 4] !== COLON || bytes[at + 5] !== QUOTE) return SHAPE.unusual;
  at = scanDecimal(bytes, view, at + 6, ENDS.text, block.priceWhole, block.priceFraction, row);
  // ","q":"
  if (at < 0 || bytes[at + 1] !== COMMA || view.getInt32(at + 2, true) !== W.q0 || bytes[at + 6] !== QUOTE) return SHAPE.unusual;
  at = scanDecimal(bytes, view, at + 7, ENDS.text, block.quantityWhole, block.quantityFraction, row);
  // ","T":
  if (at < 0 || view.getInt32(at + 1, true) !== W.bigT || bytes[at + 5] !== COLON) return SHAPE.unusual;
  at = scanInteger(bytes, view, at + 6);
  if (at < 0) return SHAPE.unusual;
  const time = SCANNED[0]!;
  // ,"m":true,"M":true}
  if (bytes[at] !== COMMA || view.getInt32(at + 1, true) !== W.m0) return SHAPE.unusual;
  at += 5;
  const maker = view.getInt32(at, true);
  if (maker === W.tru) at += 4;
  else if (maker === W.fals && bytes[at + 4] === LETTER_E) at += 5;
  else return SHAPE.unusual;
  if (bytes[at] !== COMMA || view.getInt32(at + 1, true) !== W.bigM) return SHAPE.unusual;
  at += 5;
  const best = view.getInt32(at, true);
  if (best === W.tru) at += 4;
  else if (best === W.fals && bytes[at + 4] === LETTER_E) at += 5;
  else return SHAPE.unusual;
  if (bytes[at] !== CLOSE || (wrapped && bytes[at + 1] !== CLOSE) || at + (wrapped ? 2 : 1) !== end) return SHAPE.unusual;

  const priceWhole = block.priceWhole[row]!;
  const quantityWhole = block.quantityWhole[row]!;
  const noPrice = priceWhole === 0 && block.priceFraction[row] === 0;
  if (noPrice || (priceWhole + 1) * (quantityWhole + 1) > NOTIONAL_SAFE) return SHAPE.unusual;
  const symbol = lookup.find(bytes, symbolStart, symbolEnd);
  if (symbol < 0) return SHAPE.unusual;

  SENT_AT[0] = sent < MICROSECONDS_FROM ? sent * 1_000 : sent;
  block.symbol[row] = symbol;
  block.id[row] = id;
  block.eventTime[row] = time < MICROSECONDS_FROM ? time * 1_000 : time;
  block.side[row] = maker === W.tru ? SIDE.sell : SIDE.buy;
  return quantityWhole === 0 && block.quantityFraction[row] === 0 ? SHAPE.empty : SHAPE.trade;
}
