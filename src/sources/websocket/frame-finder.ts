/** Receivers of the bytes of a connection, in order. The bytes are lent: they may be reused after a call returns. */
export interface FrameReaders {
  /** Complete messages: message i is bytes[bounds[2 * i], bounds[2 * i + 1]). */
  onFrames(bytes: Uint8Array, bounds: Uint32Array, count: number): void;
  /** Bytes for a full reader of the protocol: the handshake, and all frames that were not taken. */
  onRest(bytes: Uint8Array): void;
  /** Whether the full reader holds unread bytes, which messages taken now would overtake, or has stopped reading. */
  isBehind(): boolean;
}

/** Messages per call. */
const RUN_MAX_FRAMES = 4_096;

/** First byte of a complete message in one frame, text or binary, without extensions. */
const WHOLE_TEXT = 0x81;
const WHOLE_BINARY = 0x82;
const SIZE_IN_16_BITS = 126;
const SWITCHED = Buffer.from('HTTP/1.1 101', 'latin1');
const BLANK_LINE = Buffer.from('\r\n\r\n', 'latin1');

/**
 * Finds, in the bytes from a WebSocket server, the messages that are complete in one chunk and came in one frame: nearly all of a busy
 * feed's. Everything else is left to a full reader of the protocol, in order and frame by frame: the handshake, pings, the closing,
 * fragments, masked, compressed or invalid frames, and each frame split across chunks. After a frame that ends the connection (a close
 * frame, or one that a full reader refuses) no more messages are taken.
 */
export class FrameFinder {
  readonly #bounds = new Uint32Array(2 * RUN_MAX_FRAMES);
  readonly #header = new FrameHeader();
  /** Bytes to come of the frame that the full reader has started. */
  #owed = 0;
  #phase: 'answer' | 'headers' | 'frames' | 'ended' = 'answer';
  /** How much of the blank line after the handshake has been seen. */
  #blank = 0;
  #isFragmented = false;
  /** Bytes of the fragmented message. */
  #messageBytes = 0;

  /** @param frameMaxBytes a larger message is left to the full reader, which may refuse it */
  constructor(
    readonly frameMaxBytes: number,
    readonly readers: FrameReaders,
  ) {}

  take(chunk: Uint8Array): void {
    const { readers } = this;
    if (this.#phase === 'answer' || this.#phase === 'headers') {
      // Bytes after the handshake in the same chunk are read by the full reader.
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

  /** Takes frames from a position on; returns the position of the first one not taken, or the end. */
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

  /** Position after the handshake, or the chunk's end while it continues. */
  #endOfHandshake(chunk: Uint8Array): number {
    if (this.#phase === 'answer') {
      const isSwitched = Buffer.compare(chunk.subarray(0, SWITCHED.length), SWITCHED) === 0;
      // An unusual or fragmented response: then the full reader reads everything.
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

  /** Tracks the frames that the full reader gets with the rest of a chunk; returns the chunk's end. */
  #follow(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length && this.#phase === 'frames') at = this.#followFrame(chunk, at);
    return chunk.length;
  }

  /** Position after a frame, or the received part of it, that the full reader gets. */
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

/** The header of a WebSocket frame (RFC 6455, 5.2), parsed as its bytes arrive. */
export class FrameHeader {
  readonly #bytes = new Uint8Array(HEADER_MAX_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  #known = 0;

  get isBegun(): boolean {
    return this.#known > 0;
  }

  /** Parses the available bytes from a position on; returns the position after them. */
  take(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length && !this.isWhole) this.#bytes[this.#known++] = chunk[at++]!;
    return at;
  }

  get isWhole(): boolean {
    return this.#known >= this.#length;
  }

  /** Starts the next header. */
  forget(): void {
    this.#known = 0;
  }

  /** Whether the frame ends its message. */
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

  /** Whether no server may send this frame to a client without extensions, within a fragmented message or outside of one. */
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
