import { SIDE, type TradeBlock } from '../../domain/trade-block.js';
import type { FrameScanner } from '../shared/frame-format.js';
import { scanIsoTime } from '../shared/iso-time.js';
import { Literal, scanName } from '../shared/scan-json.js';
import { ENDS, isPlainTrade, scanDecimal, scanInteger, SCANNED } from '../shared/scan.js';
import type { SymbolLookup } from '../shared/symbol-lookup.js';

/*
 * A frame of trades (shape as captured, values made up; one line). Trades stand newest first, `side` is the maker's.
 *   {"channel":"market_trades","timestamp":"2026-08-09T21:05:48.228568804Z","sequence_num":0,"events":[{"type":"snapshot","trades":[
 *     {"product_id":"BTC-USD","trade_id":"1068572090","price":"65083.67","size":"0.002186","time":"2026-08-09T21:05:42.514318Z","side":"SELL"},
 *     {"product_id":"BTC-USD","trade_id":"1068572089","price":"65083.67","size":"0.00064389","time":"2026-08-09T21:05:41.13Z","side":"SELL"}]}]}
 */
const HEAD = new Literal('{"channel":"market_trades","timestamp":"');
const SEQUENCE = new Literal('","sequence_num":');
const EVENT = new Literal(',"events":[{"type":"');
const SNAPSHOT = new Literal('snapshot","trades":[');
const UPDATE = new Literal('update","trades":[');
const PRODUCT = new Literal('{"product_id":"');
const ID = new Literal('","trade_id":"');
const PRICE = new Literal('","price":"');
const SIZE = new Literal('","size":"');
const TIME = new Literal('","time":"');
const MAKER = new Literal('","side":"');
const SELL = new Literal('SELL"}');
const BUY = new Literal('BUY"}');
const TAIL = new Literal(']}]}');
const COMMA = 0x2c;

/**
 * Scans frames with one event, comparing every byte that is not a value, so that it accepts only frames that the general parser reads the
 * same way.
 */
export class CoinbaseScanner implements FrameScanner {
  sentAt = -1;
  sequence = -1;
  isSnapshot = false;

  constructor(readonly lookup: SymbolLookup) {}

  scan(bytes: Uint8Array, view: DataView, start: number, end: number, block: TradeBlock): number {
    let at = HEAD.after(view, start);
    if (at < 0 || (at = scanIsoTime(bytes, view, at)) < 0) return -1;
    this.sentAt = SCANNED[0]!;
    if ((at = SEQUENCE.after(view, at)) < 0 || (at = scanInteger(bytes, view, at)) < 0) return -1;
    this.sequence = SCANNED[0]!;
    if ((at = EVENT.after(view, at)) < 0) return -1;
    const trades = SNAPSHOT.after(view, at);
    this.isSnapshot = trades >= 0;
    at = this.isSnapshot ? trades : UPDATE.after(view, at);
    let row = block.length;
    while (at >= 0 && at < end) {
      if (row === block.capacity) block.grow(Math.max(16, row * 2));
      at = this.#scanTrade(bytes, view, at, block, row);
      if (at < 0) return -1;
      row += 1;
      if (bytes[at] !== COMMA) return TAIL.after(view, at) === end ? row : -1;
      at += 1;
    }
    return -1;
  }

  /** The position after a trade, or -1. */
  #scanTrade(bytes: Uint8Array, view: DataView, start: number, block: TradeBlock, row: number): number {
    const name = PRODUCT.after(view, start);
    if (name < 0) return -1;
    const nameEnd = scanName(bytes, name);
    if (nameEnd < 0) return -1;
    let at = ID.after(view, nameEnd);
    if (at < 0 || (at = scanInteger(bytes, view, at)) < 0) return -1;
    block.id[row] = SCANNED[0]!;
    if ((at = PRICE.after(view, at)) < 0) return -1;
    if ((at = scanDecimal(bytes, view, at, ENDS.text, block.priceWhole, block.priceFraction, row)) < 0) return -1;
    if ((at = SIZE.after(view, at)) < 0) return -1;
    if ((at = scanDecimal(bytes, view, at, ENDS.text, block.quantityWhole, block.quantityFraction, row)) < 0) return -1;
    if ((at = TIME.after(view, at)) < 0 || (at = scanIsoTime(bytes, view, at)) < 0) return -1;
    block.eventTime[row] = SCANNED[0]!;
    if ((at = MAKER.after(view, at)) < 0) return -1;
    const sold = SELL.after(view, at);
    // If the maker sold, the taker bought.
    block.side[row] = sold >= 0 ? SIDE.buy : SIDE.sell;
    at = sold >= 0 ? sold : BUY.after(view, at);
    if (at < 0 || !isPlainTrade(block, row)) return -1;
    const code = this.lookup.find(bytes, name, nameEnd);
    block.symbol[row] = code;
    return code < 0 ? -1 : at;
  }
}
