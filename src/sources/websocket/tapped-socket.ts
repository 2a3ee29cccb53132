import type { OnReadOpts, Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { FrameFinder, type FrameReaders } from './frame-finder.js';

/** Bytes of one read. One array serves all reads of a connection; node itself allocates a new one for each. */
const READ_MAX_BYTES = 131_072;

/**
 * Yields to other work after this many messages: for a busy feed about 2 MB. Without the limit two million empty messages could be handled in
 * one turn of the loop, which reads a socket up to 32 times.
 */
const TURN_MAX_FRAMES = 16_384;

/**
 * A socket for a WebSocket library, without the messages that make up most of a busy feed: those are given to `onFrames` directly from the
 * received bytes. The library does the rest: the handshake, pings, closing, fragments, errors, and all sending. Reading is paused and
 * resumed by the library.
 */
export class TappedSocket extends Duplex {
  readonly #socket: Socket;
  /** Messages since other work had a turn. */
  #turnFrames = 0;
  #isYielding = false;
  /** The library has not read what was pushed. */
  #isFull = false;

  /** @param connect makes the socket, with this option of net.connect or tls.connect; this object owns it from then on */
  constructor(connect: (onread: OnReadOpts) => Socket, frameMaxBytes: number, onFrames: FrameReaders['onFrames']) {
    super({ allowHalfOpen: false });
    const finder = new FrameFinder(frameMaxBytes, {
      onFrames: (bytes, bounds, count) => {
        this.#turnFrames += count;
        onFrames(bytes, bounds, count);
      },
      onRest: (bytes) => {
        // A copy, because what is not read at once is read after the buffer was reused.
        if (this.push(Buffer.from(bytes))) return;
        this.#isFull = true;
        this.#socket.pause();
      },
      // A library that has stopped reading has no listener any more.
      isBehind: () => this.readableLength > 0 || this.listenerCount('data') === 0,
    });
    const socket = connect({
      buffer: new Uint8Array(READ_MAX_BYTES),
      callback: (length, bytes) => {
        finder.take(bytes.subarray(0, length));
        if (this.#turnFrames >= TURN_MAX_FRAMES) this.#yield();
        return true;
      },
    });
    this.#socket = socket;
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
    socket.on('timeout', () => this.emit('timeout'));
    for (const event of ['connect', 'secureConnect']) socket.on(event, () => this.emit(event));
  }

  get connecting(): boolean {
    return this.#socket.connecting;
  }

  setTimeout(timeoutMs: number): this {
    this.#socket.setTimeout(timeoutMs);
    return this;
  }

  setNoDelay(): this {
    this.#socket.setNoDelay();
    return this;
  }

  override pause(): this {
    this.#socket.pause();
    return super.pause();
  }

  override resume(): this {
    if (!this.#isYielding) this.#socket.resume();
    return super.resume();
  }

  override _read(): void {
    this.#isFull = false;
    if (!this.isPaused() && !this.#isYielding) this.#socket.resume();
  }

  /** Continues to read in the next turn of the loop. */
  #yield(): void {
    this.#turnFrames = 0;
    this.#isYielding = true;
    this.#socket.pause();
    setImmediate(() => {
      this.#isYielding = false;
      if (!this.isPaused() && !this.#isFull && !this.destroyed) this.#socket.resume();
    });
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  override _writev(chunks: { chunk: Uint8Array }[], done: (error?: Error | null) => void): void {
    this.#socket.cork();
    for (const [index, { chunk }] of chunks.entries()) this.#socket.write(chunk, index === chunks.length - 1 ? done : undefined);
    this.#socket.uncork();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
