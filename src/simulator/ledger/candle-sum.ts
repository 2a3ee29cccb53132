/**
 * The exact sums of one candle. Prices are units of the instrument's price, volumes units of its quantity, quote
 * volumes units of their product: no division and no rounding happens here.
 */
export class CandleSum {
  /** Milliseconds since 1970. */
  readonly openTime: number;
  readonly open: bigint;
  readonly firstTradeId: number;
  high: bigint;
  low: bigint;
  close: bigint;
  volume = 0n;
  quoteVolume = 0n;
  takerBuyVolume = 0n;
  takerBuyQuoteVolume = 0n;
  tradeCount = 0;
  lastTradeId: number;

  constructor(openTime: number, firstPrice: bigint, firstTradeId: number) {
    this.openTime = openTime;
    this.open = firstPrice;
    this.high = firstPrice;
    this.low = firstPrice;
    this.close = firstPrice;
    this.firstTradeId = firstTradeId;
    this.lastTradeId = firstTradeId;
  }

  /** Trades come in the order of their ids. */
  add(id: number, price: bigint, quantity: bigint, takerBuys: boolean): void {
    if (price > this.high) this.high = price;
    if (price < this.low) this.low = price;
    this.close = price;
    this.volume += quantity;
    this.quoteVolume += price * quantity;
    if (takerBuys) {
      this.takerBuyVolume += quantity;
      this.takerBuyQuoteVolume += price * quantity;
    }
    this.tradeCount++;
    this.lastTradeId = id;
  }
}
