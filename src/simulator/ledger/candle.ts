import { decimalText } from '../decimals.js';
import type { Instrument } from '../market/market.js';

/** A candle as the ledger tells it: times in milliseconds, decimals as exact text without trailing zeros. */
export interface Candle {
  readonly openTime: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly quoteVolume: string;
  readonly takerBuyVolume: string;
  readonly takerBuyQuoteVolume: string;
  /** Quote volume by volume: the one quotient, 12 digits, half to even. */
  readonly vwap: string;
  readonly tradeCount: number;
  readonly firstTradeId: number;
  readonly lastTradeId: number;
}

const VWAP_DECIMALS = 12;

export function toCandle(sum: CandleSum, { priceDecimals, quantityDecimals }: Instrument): Candle {
  const price = (units: bigint) => decimalText(units, priceDecimals);
  const quantity = (units: bigint) => decimalText(units, quantityDecimals);
  const quote = (units: bigint) => decimalText(units, priceDecimals + quantityDecimals);
  // Units of quote by units of quantity are units of price.
  const vwap = divideHalfEven(sum.quoteVolume * 10n ** BigInt(VWAP_DECIMALS), sum.volume * 10n ** BigInt(priceDecimals));
  return {
    openTime: sum.openTime,
    open: price(sum.open),
    high: price(sum.high),
    low: price(sum.low),
    close: price(sum.close),
    volume: quantity(sum.volume),
    quoteVolume: quote(sum.quoteVolume),
    takerBuyVolume: quantity(sum.takerBuyVolume),
    takerBuyQuoteVolume: quote(sum.takerBuyQuoteVolume),
    vwap: decimalText(vwap, VWAP_DECIMALS),
    tradeCount: sum.tradeCount,
    firstTradeId: sum.firstTradeId,
    lastTradeId: sum.lastTradeId,
  };
}

/** Both are positive. */
function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const twice = (dividend % divisor) * 2n;
  const up = twice > divisor || (twice === divisor && quotient % 2n === 1n);
  return up ? quotient + 1n : quotient;
}

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
