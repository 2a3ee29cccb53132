/** What stored trades add up to: prices and volumes in units of 10^-12, quote volumes of 10^-24. Whole numbers of any size. */
export interface WindowSums {
  readonly count: number;
  readonly firstId: number;
  readonly lastId: number;
  /** Trades that were fetched again after they were missed. */
  readonly repaired: number;
  readonly open: bigint;
  readonly high: bigint;
  readonly low: bigint;
  readonly close: bigint;
  readonly volume: bigint;
  readonly quoteVolume: bigint;
  readonly takerBuyVolume: bigint;
  readonly takerBuyQuoteVolume: bigint;
}

/** Quote volume by volume, in units of 10^-12, half to even. */
export function vwapOf({ quoteVolume, volume }: Pick<WindowSums, 'quoteVolume' | 'volume'>): bigint {
  const whole = quoteVolume / volume;
  const twice = 2n * (quoteVolume - whole * volume);
  const isUp = twice > volume || (twice === volume && whole % 2n !== 0n);
  return isUp ? whole + 1n : whole;
}

export interface SummedTrade {
  readonly id: number;
  readonly price: bigint;
  readonly quantity: bigint;
  readonly bought: boolean;
  readonly repaired: boolean;
}

/** The sums of two sets of trades that have none in common: the order inside a window is that of the ids. */
export function joinSums(a: WindowSums, b: WindowSums): WindowSums {
  return {
    count: a.count + b.count,
    firstId: Math.min(a.firstId, b.firstId),
    lastId: Math.max(a.lastId, b.lastId),
    repaired: a.repaired + b.repaired,
    open: a.firstId < b.firstId ? a.open : b.open,
    high: a.high > b.high ? a.high : b.high,
    low: a.low < b.low ? a.low : b.low,
    close: a.lastId > b.lastId ? a.close : b.close,
    volume: a.volume + b.volume,
    quoteVolume: a.quoteVolume + b.quoteVolume,
    takerBuyVolume: a.takerBuyVolume + b.takerBuyVolume,
    takerBuyQuoteVolume: a.takerBuyQuoteVolume + b.takerBuyQuoteVolume,
  };
}

/** The sums of trades in any order; undefined where there are none. */
export function sumTrades(trades: Iterable<SummedTrade>): WindowSums | undefined {
  let [count, repaired] = [0, 0];
  let [first, last, highest, lowest]: (SummedTrade | undefined)[] = [];
  let [volume, quoteVolume, takerBuyVolume, takerBuyQuoteVolume] = [0n, 0n, 0n, 0n];
  for (const trade of trades) {
    const notional = trade.price * trade.quantity;
    count += 1;
    if (trade.repaired) repaired += 1;
    if (first === undefined || trade.id < first.id) first = trade;
    if (last === undefined || trade.id > last.id) last = trade;
    if (highest === undefined || trade.price > highest.price) highest = trade;
    if (lowest === undefined || trade.price < lowest.price) lowest = trade;
    volume += trade.quantity;
    quoteVolume += notional;
    if (!trade.bought) continue;
    takerBuyVolume += trade.quantity;
    takerBuyQuoteVolume += notional;
  }
  if (first === undefined) return undefined;
  return {
    ...{ count, repaired, firstId: first.id, lastId: last!.id },
    ...{ open: first.price, high: highest!.price, low: lowest!.price, close: last!.price },
    ...{ volume, quoteVolume, takerBuyVolume, takerBuyQuoteVolume },
  };
}
