import type { FrameBlock } from '../../domain/frame-block.js';
import { WASM } from './learned-frames.wasm.js';

/** As much of it as is used here: its own types come with those of a browser. */
interface WasmApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}
const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WasmApi }).WebAssembly;
const MODULE = new Module(Buffer.from(WASM, 'base64'));

const COMMA = 0x2c;
const COLON = 0x3a;
/** Of "stream", where a frame of a single stream has an "e". */
const LETTER_S = 0x73;
/** Before the stream's name: {"stream":" */
const NAME_AT = 11;

/** Columns of rows, and where frames are put. */
type Place =
  | 'bytes'
  | 'starts'
  | 'ends'
  | 'received'
  | 'ids'
  | 'sentTimes'
  | 'eventTimes'
  | 'priceWholes'
  | 'priceFractions'
  | 'quantityWholes'
  | 'quantityFractions'
  | 'symbols'
  | 'frames'
  | 'receiveTimes'
  | 'news'
  | 'sides';

/** What the module exports: places in its memory, how much fits there, and what it can do. */
interface Exports extends Readonly<Record<Place | 'rows' | 'newsCount' | 'framesMax' | 'bytesMax', { readonly value: number }>> {
  readonly memory: { readonly buffer: ArrayBuffer };
  scan(first: number, count: number, base: number, maxSkewUs: number): number;
  learn(start: number, headLength: number, middle: number, middleLength: number, code: number): void;
}

/**
 * Reads frames of a symbol by what it learned from the first one: all frames of a stream have the same bytes before the send time and
 * between that and the id, so they are compared sixteen at a time, with no look at single letters. What differs is left to the scanner.
 *
 *   {"stream":"btcusdt@trade","data":{"e":"trade","E": 1723161255343 ,"s":"BTCUSDT","t": 3735683259 ,"p":"61837.63000000","q":...
 *   head                                                              middle
 *
 * The work is done in assembly/learned-frames.ts, in WebAssembly: frames are copied into its memory, and rows stand in columns there.
 */
export class LearnedFrames {
  /** Columns of the rows that the last scan wrote. */
  readonly ids: Float64Array;
  /** us. */
  readonly sentTimes: Float64Array;
  readonly eventTimes: Float64Array;
  readonly priceWholes: Float64Array;
  readonly priceFractions: Float64Array;
  readonly quantityWholes: Float64Array;
  readonly quantityFractions: Float64Array;
  readonly symbols: Int32Array;
  /** SIDE. */
  readonly sides: Uint8Array;
  /** Which of the frames a row is from, counted from `from`, and when it was received: words of a BigInt64Array, reading which makes objects. */
  readonly frames: Int32Array;
  readonly receiveTimes: Uint32Array;
  /** Rows that were sent or received at another time than the one before them. */
  readonly news: Int32Array;
  /** The frames that are in the module's memory: from one on, up to the one before another. */
  from = 0;
  to = 0;
  readonly #module: Exports;
  readonly #bytes: Uint8Array;
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;
  readonly #received: BigInt64Array;
  #block: FrameBlock | null = null;
  /** How many of the frames from `from` on were copied: none where the first one is too large. */
  #copied = 0;
  /** Where the first of them begins in its block. */
  #base = 0;

  constructor() {
    const module = new Instance(MODULE).exports as Exports;
    const { buffer } = module.memory;
    const [frames, bytes] = [module.framesMax.value, module.bytesMax.value];
    const doubles = (place: Place): Float64Array => new Float64Array(buffer, module[place].value, frames);
    this.#module = module;
    this.#bytes = new Uint8Array(buffer, module.bytes.value, bytes + 1);
    this.#starts = new Uint32Array(buffer, module.starts.value, frames);
    this.#ends = new Uint32Array(buffer, module.ends.value, frames);
    this.ids = doubles('ids');
    this.sentTimes = doubles('sentTimes');
    this.eventTimes = doubles('eventTimes');
    this.priceWholes = doubles('priceWholes');
    this.priceFractions = doubles('priceFractions');
    this.quantityWholes = doubles('quantityWholes');
    this.quantityFractions = doubles('quantityFractions');
    this.symbols = new Int32Array(buffer, module.symbols.value, frames);
    this.frames = new Int32Array(buffer, module.frames.value, frames);
    this.receiveTimes = new Uint32Array(buffer, module.receiveTimes.value, 2 * frames);
    this.news = new Int32Array(buffer, module.news.value, frames);
    this.#received = new BigInt64Array(buffer, module.received.value, frames);
    this.sides = new Uint8Array(buffer, module.sides.value, frames);
  }

  /** Rows that the last scan wrote. */
  get rows(): number {
    return this.#module.rows.value;
  }

  /** How many of `news` the last scan wrote. */
  get newsCount(): number {
    return this.#module.newsCount.value;
  }

  /** Turns to a block of frames. */
  begin(block: FrameBlock): void {
    this.#block = block;
    this.from = this.to = 0;
  }

  /**
   * Scans frames from one on, passing over those of other streams.
   * @param maxSkewUs a trade whose time is farther from that of its sending is left to others
   * @returns the first frame that it did not take: it is of a shape that was not learned, where it is one before `to`
   */
  scan(frame: number, maxSkewUs: number): number {
    if (frame >= this.to) this.#copyFrom(frame);
    return this.from + this.#module.scan(frame - this.from, this.#copied, this.#base, maxSkewUs);
  }

  /** Takes the texts of a frame, copied before, that the scanner has just accepted: so they are of the one shape, and the symbol is known. */
  learn(frame: number, code: number): void {
    const index = frame - this.from;
    if (index >= this.#copied) return;
    const bytes = this.#bytes;
    const [start, end] = [this.#starts[index]! - this.#base, this.#ends[index]! - this.#base];
    // A frame without the name of its stream begins like those of all markets.
    if (bytes[start + 2] !== LETTER_S) return;
    const headEnd = bytes.indexOf(COLON, bytes.indexOf(COMMA, bytes.indexOf(COLON, start + NAME_AT) + 13)) + 1;
    const middle = bytes.indexOf(COMMA, headEnd);
    const middleEnd = bytes.indexOf(COLON, bytes.indexOf(COLON, middle) + 1) + 1;
    if (middleEnd <= end) this.#module.learn(start, headEnd - start, middle, middleEnd - middle, code);
  }

  #copyFrom(frame: number): void {
    const { starts, ends, count, bytes, receiveTime } = this.#block!;
    const base = starts[frame]!;
    const most = Math.min(count, frame + this.#starts.length);
    const room = base + this.#bytes.length - 1;
    let to = most;
    while (to > frame && ends[to - 1]! > room) to -= 1;
    this.from = frame;
    this.#copied = to - frame;
    this.to = Math.max(to, frame + 1);
    this.#base = base;
    if (to === frame) return;
    const last = ends[to - 1]!;
    this.#bytes.set(bytes.subarray(base, last));
    // Where it goes on while bytes match, a zero stops it.
    this.#bytes[last - base] = 0;
    this.#starts.set(starts.subarray(frame, to));
    this.#ends.set(ends.subarray(frame, to));
    this.#received.set(receiveTime.subarray(frame, to));
  }
}
