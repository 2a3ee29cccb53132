/** The bounds of Binance's documents (2026-07). A test shortens them; a real run keeps them. */
export interface BinanceLimits {
  readonly pingIntervalMs: number;
  readonly pongTimeoutMs: number;
  readonly connectionMaxAgeMs: number;
  /** Pings, pongs and JSON count alike. */
  readonly messagesPerSecond: number;
  readonly streamsPerConnection: number;
  readonly connectionAttempts: number;
  readonly connectionAttemptsWindowMs: number;
  readonly requestWeight: number;
  readonly requestWeightWindowMs: number;
  /** How many requests after the first 429 turn it into a ban. Unsure: the venue says only "repeatedly". */
  readonly refusalsBeforeBan: number;
  readonly banMinMs: number;
  readonly banMaxMs: number;
}

export const binanceLimits: BinanceLimits = {
  pingIntervalMs: 20_000,
  pongTimeoutMs: 60_000,
  connectionMaxAgeMs: 24 * 60 * 60 * 1_000,
  messagesPerSecond: 5,
  streamsPerConnection: 1_024,
  connectionAttempts: 300,
  connectionAttemptsWindowMs: 5 * 60 * 1_000,
  requestWeight: 6_000,
  requestWeightWindowMs: 60_000,
  refusalsBeforeBan: 10,
  banMinMs: 2 * 60 * 1_000,
  banMaxMs: 3 * 24 * 60 * 60 * 1_000,
};
