import { AT } from '../domain/candle-sums.js';
import { type Candle, candleVersion, closeTime, COMPLETENESS, CORRECTION_SHIFT, INTERVALS, quoteNumbers } from '../domain/candle.js';
import { PRODUCT_SCALE, SCALE } from '../domain/decimal.js';
import type { TradeBlock } from '../domain/trade-block.js';
import {
  ArrowLayout,
  decimalColumn,
  dictionaryColumn,
  int8Column,
  timestampColumn,
  toArrowStream,
  uint32Column,
  uint64Column,
  writeDecimal,
  writeUint64,
  writeWide,
} from './arrow-columns.js';

/** Rows per step: half a millisecond before the code is optimised. */
const STEP_ROWS = 2_048;

/**
 * Trades of one venue as an Arrow IPC stream with the columns of `trades_data`. Blocks hold doubles to compute with; this is the single
 * pass that turns them into the bytes that are stored, spooled and sent.
 * Rows are ordered by symbol and then as in the blocks, which usually is the order of ids: that of the table's key, so ClickHouse need not
 * sort them.
 * @param blocks all of one symbol table
 * @param take allocates memory of this many bytes, not zeroed
 */
export function encodeTrades(
  blocks: readonly TradeBlock[],
  take: (bytes: number) => Uint8Array<ArrayBuffer> = (bytes) => new Uint8Array(bytes),
): Uint8Array<ArrayBuffer> {
  const steps = encodeTradesInSteps(blocks, take);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** The same in steps of a few thousand rows, between which other work may run; the blocks must not change meanwhile. */
export function* encodeTradesInSteps(
  blocks: readonly TradeBlock[],
  take: (bytes: number) => Uint8Array<ArrayBuffer>,
): Generator<undefined, Uint8Array<ArrayBuffer>, undefined> {
  const rows = blocks.reduce((sum, block) => sum + block.length, 0);
  const { exchange, names } = blocks[0]!.symbols;
  const nulls = countWithoutSequence(blocks);
  const layout = new ArrowLayout(rows);
  const stand = {
    exchange: layout.standIn(Int8Array, rows),
    symbol: layout.standIn(Int32Array, rows),
    id: layout.standIn(Uint32Array, 2 * rows),
    price: layout.standIn(Uint32Array, 4 * rows),
    quantity: layout.standIn(Uint32Array, 4 * rows),
    side: layout.standIn(Int8Array, rows),
    eventTime: layout.standIn(Uint32Array, 2 * rows),
    receiveTime: layout.standIn(Uint32Array, 2 * rows),
    sequence: layout.standIn(Uint32Array, 2 * rows),
    sequenceValid: layout.standIn(Uint8Array, 8 * Math.ceil(rows / 64)),
    connectionId: layout.standIn(Uint32Array, 2 * rows),
    origin: layout.standIn(Int8Array, rows),
  };
  const columns = [
    dictionaryColumn('exchange', 0, stand.exchange, [exchange]),
    dictionaryColumn('symbol', 1, stand.symbol, names),
    uint64Column('trade_id', rows, stand.id),
    decimalColumn('price', rows, stand.price, SCALE),
    decimalColumn('quantity', rows, stand.quantity, SCALE),
    int8Column('side', stand.side),
    timestampColumn('event_time', 'us', rows, stand.eventTime),
    timestampColumn('receive_time', 'ns', rows, stand.receiveTime),
    uint64Column('sequence', rows, stand.sequence, { bitmap: stand.sequenceValid, nullCount: nulls }),
    uint64Column('connection_id', rows, stand.connectionId),
    int8Column('origin', stand.origin),
  ];
  const bytes = layout.layOut(columns, take);
  layout.real(stand.exchange).fill(0);
  const symbol = layout.real(stand.symbol);
  const id = layout.real(stand.id);
  const price = layout.real(stand.price);
  const quantity = layout.real(stand.quantity);
  const side = layout.real(stand.side);
  const eventTime = layout.real(stand.eventTime);
  const receiveTime = layout.real(stand.receiveTime);
  const sequence = layout.real(stand.sequence);
  const sequenceValid = nulls > 0 ? layout.real(stand.sequenceValid) : new Uint8Array(stand.sequenceValid.length);
  if (nulls > 0) {
    sequence.fill(0);
    sequenceValid.fill(0);
  }
  const connectionId = layout.real(stand.connectionId);
  const origin = layout.real(stand.origin);
  const next = firstRows(blocks, names, symbol);
  const places = new Int32Array(blocks.reduce((most, { length }) => Math.max(most, length), 0));
  let inStep = 0;
  for (const block of blocks) {
    const { length, connectionId: connection } = block;
    inStep += length;
    if (inStep > STEP_ROWS) {
      yield undefined;
      inStep = length;
    }
    takePlaces(block, next, places);
    writeDecimals(price, places, length, block.priceHigh, block.priceWhole, block.priceFraction);
    writeDecimals(quantity, places, length, block.quantityHigh, block.quantityWhole, block.quantityFraction);
    writeUint64s(id, places, length, block.id);
    writeUint64s(eventTime, places, length, block.eventTime);
    writeBytes(side, places, length, block.side);
    writeBytes(origin, places, length, block.origin);
    writePairs(receiveTime, places, length, new Uint32Array(block.receiveTime.buffer, block.receiveTime.byteOffset, 2 * length));
    writeSame(connectionId, places, length, connection);
    if (nulls < rows) writeSequences(sequence, sequenceValid, places, length, block.sequence);
  }
  return bytes;
}

function takePlaces({ symbol, length }: TradeBlock, next: Int32Array, places: Int32Array): void {
  for (let row = 0; row < length; row++) places[row] = next[symbol[row]!]!++;
}

function writeDecimals(
  words: Uint32Array,
  places: Int32Array,
  length: number,
  high: Float64Array | null,
  whole: Float64Array,
  fraction: Float64Array,
): void {
  for (let row = 0; row < length; row++) writeDecimal(words, places[row]!, high === null ? 0 : high[row]!, whole[row]!, fraction[row]!);
}

function writeUint64s(words: Uint32Array, places: Int32Array, length: number, values: Float64Array): void {
  for (let row = 0; row < length; row++) writeUint64(words, places[row]!, values[row]!);
}

function writeSame(words: Uint32Array, places: Int32Array, length: number, value: number): void {
  for (let row = 0; row < length; row++) writeUint64(words, places[row]!, value);
}

/** A null row leaves its words and its bit zero. */
function writeSequences(words: Uint32Array, valid: Uint8Array, places: Int32Array, length: number, values: Float64Array): void {
  for (let row = 0; row < length; row++) {
    const value = values[row]!;
    if (value < 0) continue;
    const to = places[row]!;
    writeUint64(words, to, value);
    valid[to >> 3]! |= 1 << (to & 7);
  }
}

function writeBytes(to: Int8Array, places: Int32Array, length: number, values: Uint8Array): void {
  for (let row = 0; row < length; row++) to[places[row]!] = values[row]!;
}

function writePairs(to: Uint32Array, places: Int32Array, length: number, values: Uint32Array): void {
  for (let row = 0; row < length; row++) {
    const place = places[row]!;
    to[2 * place] = values[2 * row]!;
    to[2 * place + 1] = values[2 * row + 1]!;
  }
}

function countWithoutSequence(blocks: readonly TradeBlock[]): number {
  let count = 0;
  for (const { sequence, length } of blocks) for (let row = 0; row < length; row++) if (sequence[row]! < 0) count += 1;
  return count;
}

/** Codes in the order of their names, cached by the table's list of names, which only grows. */
const orders = new WeakMap<readonly string[], Int32Array>();

function orderOf(names: readonly string[]): Int32Array {
  let order = orders.get(names);
  if (order?.length !== names.length) {
    order = Int32Array.from(names.keys()).sort((a, b) => (names[a]! < names[b]! ? -1 : 1));
    orders.set(names, order);
  }
  return order;
}

/** Sorts the symbols' codes by their names; returns the first row of each symbol by its code. */
function firstRows(blocks: readonly TradeBlock[], names: readonly string[], symbol: Int32Array): Int32Array {
  const counts = new Int32Array(names.length);
  for (const { symbol: codes, length } of blocks) for (let row = 0; row < length; row++) counts[codes[row]!]! += 1;
  const first = new Int32Array(names.length);
  let to = 0;
  for (const code of orderOf(names)) {
    first[code] = to;
    to += counts[code]!;
    symbol.fill(code, first[code], to);
  }
  return first;
}

/** Decimal columns that are limbs in the sums, by their slots. */
const LIMBED = [
  ['open', AT.open],
  ['high', AT.high],
  ['low', AT.low],
  ['close', AT.close],
  ['volume', AT.volume],
  ['taker_buy_volume', AT.takerVolume],
] as const;

/** Candles of any markets as an Arrow IPC stream with the columns of `candles_data`. */
export function encodeCandles(candles: readonly Candle[]): Uint8Array {
  const rows = candles.length;
  const exchange = new Codes();
  const symbol = new Codes();
  const exchanges = new Int32Array(rows);
  const symbols = new Int32Array(rows);
  const intervals = new Int32Array(rows);
  const opens = new Uint32Array(rows);
  const closes = new Uint32Array(rows);
  const limbed = LIMBED.map(([name, at]) => ({ name, at, words: new Uint32Array(4 * rows) }));
  const wide = (): BigUint64Array => new BigUint64Array(2 * rows);
  const [vwap, quoteVolume, takerBuyQuoteVolume] = [wide(), wide(), wide()];
  const counts = new Uint32Array(2 * rows);
  const firstIds = new Uint32Array(2 * rows);
  const lastIds = new Uint32Array(2 * rows);
  const revisions = new Uint32Array(rows);
  const states = new Int8Array(rows);
  const completeness = new Int8Array(rows);
  const versions = new Uint32Array(2 * rows);
  candles.forEach((candle, row) => {
    const { sums } = candle;
    const numbers = quoteNumbers(sums);
    exchanges[row] = exchange.of(candle.exchange);
    symbols[row] = symbol.of(candle.symbol);
    intervals[row] = INTERVALS.indexOf(candle.interval);
    opens[row] = candle.openTime / 1_000_000;
    closes[row] = closeTime(candle) / 1_000_000;
    for (const { at, words } of limbed) writeDecimal(words, row, sums[at]!, sums[at + 1]!, sums[at + 2]!);
    writeWide(vwap, row, numbers.vwap);
    writeWide(quoteVolume, row, numbers.quoteVolume);
    writeWide(takerBuyQuoteVolume, row, numbers.takerBuyQuoteVolume);
    writeUint64(counts, row, sums[AT.count]!);
    writeUint64(firstIds, row, sums[AT.firstId]!);
    writeUint64(lastIds, row, sums[AT.lastId]!);
    revisions[row] = candle.revision;
    states[row] = candle.state === 'final' ? 1 : 0;
    completeness[row] = COMPLETENESS.indexOf(candle.completeness);
    writeUint64(versions, row, candleVersion(candle));
    versions[2 * row + 1]! += (candle.correction ?? 0) * 2 ** (CORRECTION_SHIFT - 32);
  });
  const [open, high, low, close, volume, takerBuyVolume] = limbed.map(({ name, words }) => decimalColumn(name, rows, words, SCALE));
  return toArrowStream(
    [
      dictionaryColumn('exchange', 0, exchanges, exchange.names),
      dictionaryColumn('symbol', 1, symbols, symbol.names),
      dictionaryColumn('interval', 2, intervals, INTERVALS),
      uint32Column('open_time', opens),
      uint32Column('close_time', closes),
      open!,
      high!,
      low!,
      close!,
      volume!,
      decimalColumn('quote_volume', rows, quoteVolume, PRODUCT_SCALE),
      takerBuyVolume!,
      decimalColumn('taker_buy_quote_volume', rows, takerBuyQuoteVolume, PRODUCT_SCALE),
      decimalColumn('vwap', rows, vwap, SCALE),
      uint64Column('trade_count', rows, counts),
      uint64Column('first_trade_id', rows, firstIds),
      uint64Column('last_trade_id', rows, lastIds),
      uint32Column('revision', revisions),
      int8Column('state', states),
      int8Column('completeness', completeness),
      uint64Column('version', rows, versions),
    ],
    rows,
  );
}

/** Assigns codes to names in order of appearance. */
class Codes {
  readonly names: string[] = [];
  readonly #codes = new Map<string, number>();

  of(name: string): number {
    let code = this.#codes.get(name);
    if (code === undefined) {
      code = this.names.push(name) - 1;
      this.#codes.set(name, code);
    }
    return code;
  }
}
