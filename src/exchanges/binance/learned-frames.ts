import type { FrameBlock } from '../../domain/frame-block.js';
import { WASM } from './learned-frames.wasm.js';

/** The part of WebAssembly's types used here: the full types come only with those of a browser. */
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

/** Columns of rows, and the buffer for frames. */
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

/** The module's exports: addresses in its memory, capacities, and functions. */
interface Exports extends Readonly<Record<Place | 'rows' | 'newsCount' | 'framesMax' | 'bytesMax', { readonly value: number }>> {
  readonly memory: { readonly buffer: ArrayBuffer };
  scan(first: number, count: number, base: number, maxSkewUs: number): number;
  learn(start: number, headLength: number, middle: number, middleLength: number, code: number): void;
}

/**
 * Reads frames of a symbol with a template learned from its first frame: all frames of a stream have the same bytes before the send time
 * and between that and the id, so they are compared sixteen at a time. Frames that differ are left to the scanner.
 *
 *   {"stream":"btcusdt@trade","data":{"e":"trade","E": 1723161255343 ,"s":"BTCUSDT","t": 3735683259 ,"p":"61837.63000000","q":...
 *   head                                                              middle
 *
 * The work is done in assembly/learned-frames.ts, in WebAssembly: frames are copied into its memory, which also holds the columns of rows.
 */
export class LearnedFrames {
  /** Columns of the rows written by the last scan. */
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
  /**
   * Index of a row's frame, counted from `from`, and its receive time as the words of a BigInt64Array, because reading one of those
   * allocates objects.
   */
  readonly frames: Int32Array;
  readonly receiveTimes: Uint32Array;
  /** Rows whose send or receive time differs from the row before. */
  readonly news: Int32Array;
  /** The frames in the module's memory: [first, end). */
  from = 0;
  to = 0;
  readonly #module: Exports;
  readonly #bytes: Uint8Array;
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;
  readonly #received: BigInt64Array;
  #block: FrameBlock | null = null;
  /** Number of frames copied, from `from` on: zero if the first one is too large. */
  #copied = 0;
  /** Offset of the first of them in its block. */
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

  /** Rows written by the last scan. */
  get rows(): number {
    return this.#module.rows.value;
  }

  /** Number of entries of `news` written by the last scan. */
  get newsCount(): number {
    return this.#module.newsCount.value;
  }

  /** Selects a block of frames. */
  begin(block: FrameBlock): void {
    this.#block = block;
    this.from = this.to = 0;
  }

  /**
   * Scans frames, skipping those of other streams.
   * @param maxSkewUs a trade whose time differs by more from its send time is left to the scanner
   * @returns the first frame not accepted: if it is before `to`, its shape was not learned
   */
  scan(frame: number, maxSkewUs: number): number {
    if (frame >= this.to) this.#copyFrom(frame);
    return this.from + this.#module.scan(frame - this.from, this.#copied, this.#base, maxSkewUs);
  }

  /** Learns the template of a copied frame that the scanner has just accepted, so it has the usual shape and a known symbol. */
  learn(frame: number, code: number): void {
    const index = frame - this.from;
    if (index >= this.#copied) return;
    const bytes = this.#bytes;
    const [start, end] = [this.#starts[index]! - this.#base, this.#ends[index]! - this.#base];
    // A frame without the name of its stream starts like those of all markets.
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
    // Zeros end the template where comparing must stop.
    this.#bytes[last - base] = 0;
    this.#starts.set(starts.subarray(frame, to));
    this.#ends.set(ends.subarray(frame, to));
    this.#received.set(receiveTime.subarray(frame, to));
  }
}
