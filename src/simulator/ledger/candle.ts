import { decimalText } from '../decimals.js';
import type { Instrument } from '../market/market.js';
import type { TradeColumns } from './trade-columns.js';

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

/** The candles of one symbol and interval, folded from its trades when asked, and only from those that are new since. */
export class CandleBook {
  readonly #trades: TradeColumns;
  readonly #intervalMs: number;
  #sums: CandleSum[] = [];
  #byOpenTime = new Map<number, CandleSum>();
  #folded = 0;
  #reordered = 0;

  constructor(trades: TradeColumns, intervalMs: number) {
    this.#trades = trades;
    this.#intervalMs = intervalMs;
  }

  /** All candles that have a trade, by open time. */
  sums(): readonly CandleSum[] {
    const trades = this.#trades;
    if (trades.reordered !== this.#reordered) this.#forget();
    for (; this.#folded < trades.length; this.#folded++) this.#fold(this.#folded);
    return this.#sums;
  }

  #fold(row: number): void {
    const { id, price } = { id: this.#trades.id(row), price: BigInt(this.#trades.price(row)) };
    const timeMs = Math.floor(this.#trades.timeUs(row) / 1_000);
    const sum = this.#sumFor(timeMs - (timeMs % this.#intervalMs), price, id);
    sum.add(id, price, BigInt(this.#trades.quantity(row)), this.#trades.takerBuys(row));
  }

  #sumFor(openTime: number, price: bigint, id: number): CandleSum {
    const last = this.#sums.at(-1);
    if (last?.openTime === openTime) return last;
    const known = this.#byOpenTime.get(openTime);
    if (known !== undefined) return known;
    const sum = new CandleSum(openTime, price, id);
    this.#byOpenTime.set(openTime, sum);
    this.#sums.push(sum);
    // A time that goes back while ids rise was never captured, and is no reason to be wrong.
    if (last !== undefined && last.openTime > openTime) this.#sums.sort((left, right) => left.openTime - right.openTime);
    return sum;
  }

  #forget(): void {
    this.#sums = [];
    this.#byOpenTime = new Map();
    this.#folded = 0;
    this.#reordered = this.#trades.reordered;
  }
}
