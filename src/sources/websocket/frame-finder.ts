/** Who gets the bytes of a connection, in their order. They are lent: they may be reused when a call returns. */
export interface FrameReaders {
  /** Whole messages: message i is bytes[bounds[2 * i], bounds[2 * i + 1]). */
  onFrames(bytes: Uint8Array, bounds: Uint32Array, count: number): void;
  /** Bytes for a full reader of the protocol: the handshake's, and all of the frames that were not taken. */
  onRest(bytes: Uint8Array): void;
  /** Whether the full reader holds bytes that it has not read yet, where messages taken now would overtake those, or reads no more. */
  isBehind(): boolean;
}

/** Messages told at a time. */
const RUN_MAX_FRAMES = 4_096;

/** A whole message in one frame, text or binary, without extensions. */
const WHOLE_TEXT = 0x81;
const WHOLE_BINARY = 0x82;
const SIZE_IN_16_BITS = 126;
const SWITCHED = Buffer.from('HTTP/1.1 101', 'latin1');
const BLANK_LINE = Buffer.from('\r\n\r\n', 'latin1');

/**
 * Finds, in what a WebSocket server sends, the messages that lie whole in one chunk and came in one frame: nearly all of a busy feed's.
 * All else is left to a full reader of the protocol, in order and frame by frame: the handshake, pings, the closing, fragments, what is
 * masked, compressed or wrong, and each frame that a chunk cuts. Behind a frame that ends the connection (one that closes it, or that a
 * full reader refuses) nothing is a message any more, and nothing is taken.
 */
export class FrameFinder {
  readonly #bounds = new Uint32Array(2 * RUN_MAX_FRAMES);
  readonly #header = new FrameHeader();
  /** Bytes to come of the frame that the full reader has begun. */
  #owed = 0;
  #phase: 'answer' | 'headers' | 'frames' | 'ended' = 'answer';
  /** How much of the blank line behind the handshake has been seen. */
  #blank = 0;
  #isFragmented = false;
  /** Bytes of the message that comes in pieces. */
  #messageBytes = 0;

  /** @param frameMaxBytes a larger message is left to the full reader, which may refuse it */
  constructor(
    readonly frameMaxBytes: number,
    readonly readers: FrameReaders,
  ) {}

  take(chunk: Uint8Array): void {
    const { readers } = this;
    if (this.#phase === 'answer' || this.#phase === 'headers') {
      // What comes along with the end of the handshake is read by whoever read that.
      this.#follow(chunk, this.#endOfHandshake(chunk));
      readers.onRest(chunk);
      return;
    }
    let at = 0;
    while (at < chunk.length) {
      const isTaking = this.#phase === 'frames' && !readers.isBehind();
      if (isTaking && this.#owed === 0 && !this.#header.isBegun) at = this.#takeRun(chunk, at);
      if (at === chunk.length) return;
      const end = isTaking ? this.#followFrame(chunk, at) : this.#follow(chunk, at);
      readers.onRest(chunk.subarray(at, end));
      at = end;
    }
  }

  /** Takes frames from a position on; gives that of the first one that it does not take, or the end. */
  #takeRun(chunk: Uint8Array, from: number): number {
    const bounds = this.#bounds;
    const { length } = chunk;
    let count = 0;
    let at = from;
    while (at + 4 <= length && count < RUN_MAX_FRAMES && !this.#isFragmented) {
      const first = chunk[at]!;
      let size = chunk[at + 1]!;
      let start = at + 2;
      if ((first !== WHOLE_TEXT && first !== WHOLE_BINARY) || size > SIZE_IN_16_BITS) break;
      if (size === SIZE_IN_16_BITS) {
        size = chunk[at + 2]! * 256 + chunk[at + 3]!;
        start = at + 4;
      }
      if (start + size > length || size > this.frameMaxBytes) break;
      bounds[2 * count] = start;
      bounds[2 * count + 1] = start + size;
      count += 1;
      at = start + size;
    }
    if (count > 0) this.readers.onFrames(chunk, bounds, count);
    return at;
  }

  /** Position behind the handshake, or the chunk's end while it goes on. */
  #endOfHandshake(chunk: Uint8Array): number {
    if (this.#phase === 'answer') {
      const isSwitched = Buffer.compare(chunk.subarray(0, SWITCHED.length), SWITCHED) === 0;
      // An answer in other words, or in pieces: then the full reader reads it all.
      this.#phase = isSwitched ? 'headers' : 'ended';
    }
    for (let at = 0; at < chunk.length && this.#phase === 'headers'; at++) {
      const byte = chunk[at]!;
      this.#blank = byte === BLANK_LINE[this.#blank] ? this.#blank + 1 : byte === BLANK_LINE[0] ? 1 : 0;
      if (this.#blank < BLANK_LINE.length) continue;
      this.#phase = 'frames';
      return at + 1;
    }
    return chunk.length;
  }

  /** Keeps count of the frames that the full reader gets with the rest of a chunk; gives the chunk's end. */
  #follow(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length && this.#phase === 'frames') at = this.#followFrame(chunk, at);
    return chunk.length;
  }

  /** Position behind a frame, or what there is of it, that the full reader gets. */
  #followFrame(chunk: Uint8Array, from: number): number {
    let at = from;
    if (this.#owed === 0) {
      const header = this.#header;
      at = header.take(chunk, at);
      if (!header.isWhole) return at;
      this.#owed = header.payloadBytes;
      this.#note(header);
      header.forget();
    }
    const step = Math.min(this.#owed, chunk.length - at);
    this.#owed -= step;
    return at + step;
  }

  #note(header: FrameHeader): void {
    if (header.isWrong(this.#isFragmented) || header.isClose) {
      this.#phase = 'ended';
      return;
    }
    if (header.isControl) return;
    this.#messageBytes += header.payloadBytes;
    if (this.#messageBytes > this.frameMaxBytes) this.#phase = 'ended';
    this.#isFragmented = !header.isFinal;
    if (header.isFinal) this.#messageBytes = 0;
  }
}

const FIN = 0x80;
const RESERVED = 0x70;
const OPCODE = 0x0f;
const MASKED = 0x80;
const SIZE_IN_64_BITS = 127;
const CONTROL_MAX_BYTES = 125;
const CLOSE = 8;
const PONG = 10;
const BINARY = 2;
const HEADER_MAX_BYTES = 14;

/** The header of a WebSocket frame (RFC 6455, 5.2), as its bytes come in. */
export class FrameHeader {
  readonly #bytes = new Uint8Array(HEADER_MAX_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  #known = 0;

  get isBegun(): boolean {
    return this.#known > 0;
  }

  /** Takes what there is of it from a position on; gives the position behind that. */
  take(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length && !this.isWhole) this.#bytes[this.#known++] = chunk[at++]!;
    return at;
  }

  get isWhole(): boolean {
    return this.#known >= this.#length;
  }

  /** The next header comes. */
  forget(): void {
    this.#known = 0;
  }

  /** Whether the message that the frame belongs to ends with it. */
  get isFinal(): boolean {
    return (this.#bytes[0]! & FIN) !== 0;
  }

  get isControl(): boolean {
    return this.#opcode >= CLOSE;
  }

  get isClose(): boolean {
    return this.#opcode === CLOSE;
  }

  get payloadBytes(): number {
    const size = this.#size;
    if (size < SIZE_IN_16_BITS) return size;
    return size === SIZE_IN_16_BITS ? this.#view.getUint16(2) : this.#view.getUint32(2) * 2 ** 32 + this.#view.getUint32(6);
  }

  /** Whether no server may send it to a client without extensions, within a message that was begun or outside of one. */
  isWrong(isFragmented: boolean): boolean {
    if ((this.#bytes[0]! & RESERVED) !== 0 || (this.#bytes[1]! & MASKED) !== 0) return true;
    if (this.isControl) return this.#opcode > PONG || !this.isFinal || this.#size > CONTROL_MAX_BYTES;
    return this.#opcode > BINARY || (this.#opcode === 0) !== isFragmented;
  }

  get #opcode(): number {
    return this.#bytes[0]! & OPCODE;
  }

  get #size(): number {
    return this.#bytes[1]! & ~MASKED;
  }

  get #length(): number {
    if (this.#known < 2) return 2;
    const extended = this.#size === SIZE_IN_64_BITS ? 8 : this.#size === SIZE_IN_16_BITS ? 2 : 0;
    return 2 + extended + ((this.#bytes[1]! & MASKED) === 0 ? 0 : 4);
  }
}
