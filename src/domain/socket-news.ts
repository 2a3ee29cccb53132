/** Why there is no connection. */
export interface Loss {
  /** A short word that names the kind, without addresses: `ENOTFOUND`, `HTTP 403`, `close 1006`, `silent`. */
  readonly cause: string;
  /** A sentence. */
  readonly reason: string;
  /** The venue said for how long it wants no other connection. */
  readonly retryAfterMs: number | null;
}

/** What a socket tells its feeds. The feeds' machines take these as events, as they are. */
export type SocketNews =
  | { readonly type: 'socket.opening' }
  | { readonly type: 'socket.open'; readonly connectionId: number }
  /** Nothing was heard for silenceMaxMs: no frame, no ping, no pong. The socket reconnects. */
  | { readonly type: 'socket.silent' }
  /** The connection is gone, or could not be made. */
  | ({ readonly type: 'socket.lost' } & Loss)
  | { readonly type: 'socket.rollingOver' }
  /** The next connection carries every stream; the last one goes. */
  | { readonly type: 'socket.rolledOver'; readonly connectionId: number };
