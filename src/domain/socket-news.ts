/** Why there is no connection. */
export interface Loss {
  /** A short code of the kind of failure, without addresses: `ENOTFOUND`, `HTTP 403`, `close 1006`, `silent`. */
  readonly cause: string;
  /** The cause as a sentence. */
  readonly reason: string;
  /** How long the venue accepts no other connection, as it said: a ban. */
  readonly retryAfterMs: number | null;
  /** How long only this host accepts none, as it said. */
  readonly hostRetryAfterMs?: number;
}

/** Events from a socket to its feeds, in the form that the feed machines take. */
export type SocketNews =
  | { readonly type: 'socket.opening' }
  | { readonly type: 'socket.open'; readonly connectionId: number }
  /** No activity for silenceMaxMs: no frame, no ping, no pong. The socket reconnects. */
  | { readonly type: 'socket.silent' }
  /** The connection was lost, or could not be made. */
  | ({ readonly type: 'socket.lost' } & Loss)
  | { readonly type: 'socket.rollingOver' }
  /** The next connection carries all streams; the previous one is closed. */
  | { readonly type: 'socket.rolledOver'; readonly connectionId: number };
