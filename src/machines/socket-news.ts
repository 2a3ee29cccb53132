/** What a socket tells its feeds. The feeds' machines take these as events, as they are. */
export type SocketNews =
  | { readonly type: 'socket.opening' }
  | { readonly type: 'socket.open'; readonly connectionId: number }
  /** Nothing was heard for silenceMaxMs: no frame, no ping, no pong. The socket reconnects. */
  | { readonly type: 'socket.silent' }
  /** The connection is gone, or could not be made. `retryAfterMs`: the venue said for how long it wants no other. */
  | { readonly type: 'socket.lost'; readonly reason: string; readonly retryAfterMs: number | null }
  | { readonly type: 'socket.rollingOver' }
  /** The next connection carries every stream; the last one goes. */
  | { readonly type: 'socket.rolledOver'; readonly connectionId: number };
