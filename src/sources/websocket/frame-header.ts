const FIN = 0x80;
const RESERVED = 0x70;
const OPCODE = 0x0f;
const MASKED = 0x80;
const SIZE_IN_16_BITS = 126;
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
