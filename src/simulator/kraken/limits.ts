/** The bounds of Kraken's documents (2026). A test shortens them; a real run keeps them. */
export interface KrakenLimits {
  /** Per address; unsure ("about 150"). */
  readonly connectionAttempts: number;
  readonly connectionAttemptsWindowMs: number;
  readonly heartbeatMs: number;
  readonly snapshotTrades: number;
  readonly connectionMaxAgeMs: number;
  /** Per address and pair. */
  readonly restRequests: number;
  readonly restWindowMs: number;
}

export const krakenLimits: KrakenLimits = {
  connectionAttempts: 150,
  connectionAttemptsWindowMs: 10 * 60 * 1_000,
  heartbeatMs: 1_000,
  snapshotTrades: 50,
  connectionMaxAgeMs: Infinity,
  restRequests: 1,
  restWindowMs: 1_000,
};
