/** How a connection, or an attempt to connect, ended. */
export type DialEnd =
  /** The server answered the handshake with another status than 101. */
  | { readonly kind: 'refused'; readonly status: number; readonly retryAfterMs: number | null; readonly retryAfterWords?: string }
  /** No connection was made, or it broke; `code`: the system or TLS error code, such as ENOTFOUND. */
  | { readonly kind: 'failed'; readonly reason: string; readonly code?: string }
  /** A frame exceeded the size limit; the connection cannot continue after it. */
  | { readonly kind: 'oversized'; readonly reason: string }
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string };

export interface DialHandlers {
  onOpen(): void;
  /** A complete message. Its bytes are lent: they may be reused after this returns. */
  onFrame(frame: Uint8Array): void;
  /**
   * Complete messages of one read, in their order among those given to `onFrame`: message i is bytes[bounds[2 * i], bounds[2 * i + 1]). The
   * arrays are lent. Without it each message is given to `onFrame`.
   */
  onFrames?(bytes: Uint8Array, bounds: Uint32Array, count: number): void;
  /** A ping or a pong. */
  onSignOfLife(): void;
  /** Called once, last. */
  onEnd(end: DialEnd): void;
}

/** A WebSocket as used by the socket actor. Calls before it is open or after it ended do nothing. */
export interface Connection {
  send(message: string): void;
  ping(): void;
  close(): void;
  terminate(): void;
  pause(): void;
  resume(): void;
  /** Bytes queued for sending. */
  readonly bufferedBytes: number;
}

/** Starts to connect; the handlers are never called before this returns. */
export type Dial = (url: string, handlers: DialHandlers) => Connection;
