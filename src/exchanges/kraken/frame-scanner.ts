import { SIDE, type TradeBlock } from '../../domain/trade-block.js';
import type { FrameScanner } from '../shared/frame-format.js';
import { scanIsoTime } from '../shared/iso-time.js';
import { Literal, scanName } from '../shared/scan-json.js';
import { ENDS, isPlainTrade, scanDecimal, scanInteger, SCANNED } from '../shared/scan.js';
import type { SymbolLookup } from '../shared/symbol-lookup.js';

/*
 * A frame of trades (shape from the venue's documentation, values made up; one line). `side` is the taker's; price and qty are numbers.
 *   {"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"sell","price":65083.6,"qty":0.00043000,
 *     "ord_type":"market","trade_id":81234567,"timestamp":"2026-08-09T21:05:42.514318Z"}]}
 */
const HEAD = new Literal('{"channel":"trade","type":"');
const SNAPSHOT = new Literal('snapshot","data":[');
const UPDATE = new Literal('update","data":[');
const SYMBOL = new Literal('{"symbol":"');
const TAKER = new Literal('","side":"');
const SELL = new Literal('sell","price":');
const BUY = new Literal('buy","price":');
const QUANTITY = new Literal(',"qty":');
const KIND = new Literal(',"ord_type":"');
const ID = new Literal('","trade_id":');
const TIME = new Literal(',"timestamp":"');
const COMMA = 0x2c;
const QUOTE = 0x22;
const BRACKET = 0x5d;
const BRACE = 0x7d;
const LETTER_A = 0x61;
const LETTER_Z = 0x7a;

/**
 * Scans frames of trades, comparing every byte that is not a value, so that it accepts only frames that the general parser reads the same
 * way.
 */
export class KrakenScanner implements FrameScanner {
  readonly sentAt = -1;
  readonly sequence = -1;
  isSnapshot = false;

  constructor(readonly lookup: SymbolLookup) {}

  scan(bytes: Uint8Array, view: DataView, start: number, end: number, block: TradeBlock): number {
    let at = HEAD.after(view, start);
    if (at < 0) return -1;
    const trades = SNAPSHOT.after(view, at);
    this.isSnapshot = trades >= 0;
    at = this.isSnapshot ? trades : UPDATE.after(view, at);
    let row = block.length;
    while (at >= 0 && at < end) {
      if (row === block.capacity) block.grow(Math.max(16, row * 2));
      at = this.#scanTrade(bytes, view, at, block, row);
      if (at < 0) return -1;
      row += 1;
      if (bytes[at] !== COMMA) return bytes[at] === BRACKET && bytes[at + 1] === BRACE && at + 2 === end ? row : -1;
      at += 1;
    }
    return -1;
  }

  /** The position after a trade, or -1. */
  #scanTrade(bytes: Uint8Array, view: DataView, start: number, block: TradeBlock, row: number): number {
    const name = SYMBOL.after(view, start);
    if (name < 0) return -1;
    const nameEnd = scanName(bytes, name);
    if (nameEnd < 0) return -1;
    let at = TAKER.after(view, nameEnd);
    if (at < 0) return -1;
    const sold = SELL.after(view, at);
    block.side[row] = sold >= 0 ? SIDE.sell : SIDE.buy;
    if ((at = sold >= 0 ? sold : BUY.after(view, at)) < 0) return -1;
    if ((at = scanDecimal(bytes, view, at, ENDS.number, block.priceWhole, block.priceFraction, row)) < 0) return -1;
    if ((at = QUANTITY.after(view, at)) < 0) return -1;
    if ((at = scanDecimal(bytes, view, at, ENDS.number, block.quantityWhole, block.quantityFraction, row)) < 0) return -1;
    if ((at = KIND.after(view, at)) < 0) return -1;
    while (bytes[at]! >= LETTER_A && bytes[at]! <= LETTER_Z) at += 1;
    if ((at = ID.after(view, at)) < 0 || (at = scanInteger(bytes, view, at)) < 0) return -1;
    block.id[row] = SCANNED[0]!;
    if ((at = TIME.after(view, at)) < 0 || (at = scanIsoTime(bytes, view, at)) < 0) return -1;
    block.eventTime[row] = SCANNED[0]!;
    if (bytes[at] !== QUOTE || bytes[at + 1] !== BRACE || !isPlainTrade(block, row)) return -1;
    const code = this.lookup.find(bytes, name, nameEnd);
    block.symbol[row] = code;
    return code < 0 ? -1 : at + 2;
  }
}
