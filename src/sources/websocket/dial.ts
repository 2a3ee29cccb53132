/** How a connection, or the attempt to make one, ended. */
export type DialEnd =
  /** The server answered the handshake with another status than 101. */
  | { readonly kind: 'refused'; readonly status: number; readonly retryAfterMs: number | null; readonly retryAfterWords?: string }
  /** No connection came about, or it broke; `code`: the system's or TLS's word for why, such as ENOTFOUND. */
  | { readonly kind: 'failed'; readonly reason: string; readonly code?: string }
  /** A frame was larger than what is taken; the connection cannot go on after it. */
  | { readonly kind: 'oversized'; readonly reason: string }
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string };

export interface DialHandlers {
  onOpen(): void;
  /** A whole message. Its bytes are only lent: they may be reused when this returns. */
  onFrame(frame: Uint8Array): void;
  /**
   * Whole messages that came in one read, in their order among those that `onFrame` tells: message i is
   * bytes[bounds[2 * i], bounds[2 * i + 1]). The arrays are only lent. Without it each message is told to `onFrame`.
   */
  onFrames?(bytes: Uint8Array, bounds: Uint32Array, count: number): void;
  /** A ping or a pong. */
  onSignOfLife(): void;
  /** Once, and last. */
  onEnd(end: DialEnd): void;
}

/** A WebSocket as the socket actor sees it. Calls before it is open or after it ended do nothing. */
export interface Connection {
  send(message: string): void;
  ping(): void;
  close(): void;
  terminate(): void;
  pause(): void;
  resume(): void;
  /** Bytes that wait to be sent. */
  readonly bufferedBytes: number;
}

/** Begins to connect; what comes of it is told to the handlers, never before this returns. */
export type Dial = (url: string, handlers: DialHandlers) => Connection;
