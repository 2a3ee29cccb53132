/** The bounds of Coinbase's documents and captures (2026). A test shortens them; a real run keeps them. */
export interface CoinbaseLimits {
  readonly connectionsPerSecond: number;
  /** Per address, without authentication. */
  readonly messagesPerSecond: number;
  /** A connection that asks for nothing within this is closed (documents). */
  readonly subscribeWithinMs: number;
  /** A connection without heartbeats and without an update is closed after this: the documents say 60 to 90 s. */
  readonly idleMinMs: number;
  readonly idleMaxMs: number;
  readonly heartbeatMs: number;
  readonly batchMs: number;
  readonly snapshotTrades: number;
  /** More trades than this of one product and one batch are told in several messages. Unsure: no such burst was captured. */
  readonly tradesPerMessage: number;
  /** No bound is documented. */
  readonly productsPerConnection: number;
  readonly connectionMaxAgeMs: number;
  readonly restRequestsPerSecond: number;
}

export const coinbaseLimits: CoinbaseLimits = {
  connectionsPerSecond: 8,
  messagesPerSecond: 8,
  subscribeWithinMs: 5_000,
  idleMinMs: 60_000,
  idleMaxMs: 90_000,
  heartbeatMs: 1_000,
  batchMs: 250,
  snapshotTrades: 100,
  tradesPerMessage: 1_000,
  productsPerConnection: Infinity,
  connectionMaxAgeMs: Infinity,
  restRequestsPerSecond: 10,
};
