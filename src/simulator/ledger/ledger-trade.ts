/** A trade as the ledger tells it: decimals as exact text without trailing zeros. */
export interface LedgerTrade {
  readonly id: number;
  readonly price: string;
  readonly quantity: string;
  /** The taker's. */
  readonly side: 'buy' | 'sell';
  /** Microseconds since 1970; a client that did not ask for microseconds was told the milliseconds. */
  readonly timeUs: number;
}
