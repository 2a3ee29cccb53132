import { AT, carry, CARRY_EVERY, comparePrice, HALF_LIMB, setPrice, type CandleSums } from './candle-sums.js';
import type { TradeBlock } from './trade-block.js';
import { isRepaired, SIDE } from './trade.js';

/** A row whose upper partial products together are at most this adds no more to any limb: the two lower ones never reach it. */
const PLAIN_MAX = 3e12;
/** Below this on both sides no limb gets more. */
const SMALL = 1e6;
/** Below this on both sides a limb's products together stay under 8 * 10^15, but only one trade fits between carries. */
const MEDIUM = 4e9;

/**
 * Adds the rows of a block that stand at places [from, to) of `rows`; the caller has made sure that they belong to one symbol and one
 * window.
 */
export function addRows(sums: CandleSums, block: TradeBlock, rows: Int32Array, from: number, to: number): void {
  let at = from;
  while (at < to) {
    if (sums[AT.count] !== 0) at = addPlainRows(sums, block, rows, at, to);
    if (at < to) addRow(sums, block, rows[at++]!);
  }
}

/**
 * Adds rows as far as their limbs are small, which hardly any row's are not: the numbers stay in registers from row to row.
 * @returns the place of the first row that was not added, or `to`
 */
function addPlainRows(sums: CandleSums, block: TradeBlock, rows: Int32Array, from: number, to: number): number {
  if (block.priceHigh !== null || block.quantityHigh !== null || sums[AT.high]! + sums[AT.low]! > 0) return from;
  const { id, priceWhole, priceFraction, quantityWhole, quantityFraction, side, origin } = block;
  const end = Math.min(to, from + CARRY_EVERY - sums[AT.sinceCarry]!);
  let firstId = sums[AT.firstId]!;
  let lastId = sums[AT.lastId]!;
  let firstRow = -1;
  let lastRow = -1;
  let repaired = 0;
  let highWhole = sums[AT.high + 1]!;
  let highFraction = sums[AT.high + 2]!;
  let lowWhole = sums[AT.low + 1]!;
  let lowFraction = sums[AT.low + 2]!;
  let wholes = sums[AT.volume + 1]!;
  let fractions = sums[AT.volume + 2]!;
  let boughtWholes = sums[AT.takerVolume + 1]!;
  let boughtFractions = sums[AT.takerVolume + 2]!;
  let sum0 = sums[AT.quote]!;
  let sum1 = sums[AT.quote + 1]!;
  let sum2 = sums[AT.quote + 2]!;
  let sum3 = sums[AT.quote + 3]!;
  let sum4 = sums[AT.quote + 4]!;
  let bought0 = sums[AT.takerQuote]!;
  let bought1 = sums[AT.takerQuote + 1]!;
  let bought2 = sums[AT.takerQuote + 2]!;
  let bought3 = sums[AT.takerQuote + 3]!;
  let bought4 = sums[AT.takerQuote + 4]!;
  let at = from;
  for (; at < end; at++) {
    const row = rows[at]!;
    const price0 = priceWhole[row]!;
    const price = priceFraction[row]!;
    const quantity0 = quantityWhole[row]!;
    const quantity = quantityFraction[row]!;
    const price1 = Math.floor(price / HALF_LIMB);
    const price2 = price - price1 * HALF_LIMB;
    const quantity1 = Math.floor(quantity / HALF_LIMB);
    const quantity2 = quantity - quantity1 * HALF_LIMB;
    const product0 = price0 * quantity0;
    const product1 = price0 * quantity1 + price1 * quantity0;
    const product2 = price0 * quantity2 + price1 * quantity1 + price2 * quantity0;
    if (product0 + product1 + product2 > PLAIN_MAX) break;
    const product3 = price1 * quantity2 + price2 * quantity1;
    const product4 = price2 * quantity2;
    wholes += quantity0;
    fractions += quantity;
    sum0 += product0;
    sum1 += product1;
    sum2 += product2;
    sum3 += product3;
    sum4 += product4;
    if (side[row] === SIDE.buy) {
      boughtWholes += quantity0;
      boughtFractions += quantity;
      bought0 += product0;
      bought1 += product1;
      bought2 += product2;
      bought3 += product3;
      bought4 += product4;
    }
    if (price0 > highWhole || (price0 === highWhole && price > highFraction)) {
      highWhole = price0;
      highFraction = price;
    } else if (price0 < lowWhole || (price0 === lowWhole && price < lowFraction)) {
      lowWhole = price0;
      lowFraction = price;
    }
    const tradeId = id[row]!;
    if (tradeId > lastId) {
      lastId = tradeId;
      lastRow = row;
    } else if (tradeId < firstId) {
      firstId = tradeId;
      firstRow = row;
    }
    if (isRepaired(origin[row]!)) repaired += 1;
  }
  if (at === from) return from;
  if (firstRow >= 0) setPrice(sums, AT.open, 0, priceWhole[firstRow]!, priceFraction[firstRow]!);
  if (lastRow >= 0) setPrice(sums, AT.close, 0, priceWhole[lastRow]!, priceFraction[lastRow]!);
  setPrice(sums, AT.high, 0, highWhole, highFraction);
  setPrice(sums, AT.low, 0, lowWhole, lowFraction);
  sums[AT.firstId] = firstId;
  sums[AT.lastId] = lastId;
  sums[AT.count]! += at - from;
  sums[AT.repaired]! += repaired;
  sums[AT.volume + 1] = wholes;
  sums[AT.volume + 2] = fractions;
  sums[AT.takerVolume + 1] = boughtWholes;
  sums[AT.takerVolume + 2] = boughtFractions;
  sums[AT.quote] = sum0;
  sums[AT.quote + 1] = sum1;
  sums[AT.quote + 2] = sum2;
  sums[AT.quote + 3] = sum3;
  sums[AT.quote + 4] = sum4;
  sums[AT.takerQuote] = bought0;
  sums[AT.takerQuote + 1] = bought1;
  sums[AT.takerQuote + 2] = bought2;
  sums[AT.takerQuote + 3] = bought3;
  sums[AT.takerQuote + 4] = bought4;
  sums[AT.sinceCarry]! += at - from;
  if (sums[AT.sinceCarry]! >= CARRY_EVERY) carry(sums);
  return at;
}

/** Adds one row, however large its numbers are. */
function addRow(sums: CandleSums, block: TradeBlock, row: number): void {
  const id = block.id[row]!;
  const priceHigh = block.priceHigh === null ? 0 : block.priceHigh[row]!;
  const quantityHigh = block.quantityHigh === null ? 0 : block.quantityHigh[row]!;
  const priceWhole = block.priceWhole[row]!;
  const priceFraction = block.priceFraction[row]!;
  const quantityWhole = block.quantityWhole[row]!;
  const quantityFraction = block.quantityFraction[row]!;

  if (sums[AT.count] === 0) {
    sums[AT.firstId] = id;
    sums[AT.lastId] = id;
    setPrice(sums, AT.open, priceHigh, priceWhole, priceFraction);
    setPrice(sums, AT.high, priceHigh, priceWhole, priceFraction);
    setPrice(sums, AT.low, priceHigh, priceWhole, priceFraction);
    setPrice(sums, AT.close, priceHigh, priceWhole, priceFraction);
  } else {
    if (id > sums[AT.lastId]!) {
      sums[AT.lastId] = id;
      setPrice(sums, AT.close, priceHigh, priceWhole, priceFraction);
    } else if (id < sums[AT.firstId]!) {
      sums[AT.firstId] = id;
      setPrice(sums, AT.open, priceHigh, priceWhole, priceFraction);
    }
    if (comparePrice(sums, AT.high, priceHigh, priceWhole, priceFraction) < 0) {
      setPrice(sums, AT.high, priceHigh, priceWhole, priceFraction);
    } else if (comparePrice(sums, AT.low, priceHigh, priceWhole, priceFraction) > 0) {
      setPrice(sums, AT.low, priceHigh, priceWhole, priceFraction);
    }
  }
  sums[AT.count]! += 1;
  if (isRepaired(block.origin[row]!)) sums[AT.repaired]! += 1;

  const bought = block.side[row] === SIDE.buy;
  sums[AT.volume]! += quantityHigh;
  sums[AT.volume + 1]! += quantityWhole;
  sums[AT.volume + 2]! += quantityFraction;
  if (bought) {
    sums[AT.takerVolume]! += quantityHigh;
    sums[AT.takerVolume + 1]! += quantityWhole;
    sums[AT.takerVolume + 2]! += quantityFraction;
  }

  if (priceHigh !== 0 || quantityHigh !== 0 || priceWhole >= MEDIUM || quantityWhole >= MEDIUM) {
    const product = block.price(row) * block.quantity(row);
    addWideProduct(sums, AT.quote, product);
    if (bought) addWideProduct(sums, AT.takerQuote, product);
    carry(sums);
    return;
  }
  const small = priceWhole < SMALL && quantityWhole < SMALL;
  if (!small) carry(sums);
  const price1 = Math.floor(priceFraction / HALF_LIMB);
  const price2 = priceFraction - price1 * HALF_LIMB;
  const quantity1 = Math.floor(quantityFraction / HALF_LIMB);
  const quantity2 = quantityFraction - quantity1 * HALF_LIMB;
  const q0 = priceWhole * quantityWhole;
  if (q0 > Number.MAX_SAFE_INTEGER) {
    const product = block.price(row) * block.quantity(row);
    addWideProduct(sums, AT.quote, product);
    if (bought) addWideProduct(sums, AT.takerQuote, product);
    carry(sums);
    return;
  }
  const q1 = priceWhole * quantity1 + price1 * quantityWhole;
  const q2 = priceWhole * quantity2 + price1 * quantity1 + price2 * quantityWhole;
  const q3 = price1 * quantity2 + price2 * quantity1;
  const q4 = price2 * quantity2;
  sums[AT.quote]! += q0;
  sums[AT.quote + 1]! += q1;
  sums[AT.quote + 2]! += q2;
  sums[AT.quote + 3]! += q3;
  sums[AT.quote + 4]! += q4;
  if (bought) {
    sums[AT.takerQuote]! += q0;
    sums[AT.takerQuote + 1]! += q1;
    sums[AT.takerQuote + 2]! += q2;
    sums[AT.takerQuote + 3]! += q3;
    sums[AT.takerQuote + 4]! += q4;
  }
  if (!small || ++sums[AT.sinceCarry]! >= CARRY_EVERY) carry(sums);
}

const HALF_LIMB_BIG = 10n ** 6n;

/** Adds a product in units of 10^-24 that is too large for the fast way. */
function addWideProduct(sums: CandleSums, at: number, product: bigint): void {
  let rest = product;
  for (let limb = 4; limb > 0; limb--) {
    sums[at + limb]! += Number(rest % HALF_LIMB_BIG);
    rest /= HALF_LIMB_BIG;
  }
  sums[at]! += Number(rest);
}
