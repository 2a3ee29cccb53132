import { AT, carry, CARRY_EVERY, comparePrice, HALF_LIMB, setPrice } from './candle-sums.js';
import { isRepaired, SIDE, type TradeBlock } from './trade-block.js';

/** If the upper partial products together are at most this, they add nothing to a higher limb. */
const PLAIN_MAX = 3e12;
/** If both factors are below this, no limb overflows into the next. */
const SMALL = 1e6;
/**
 * If both factors are below this, the products of a limb together stay under 8 * 10^15, but only one trade can be added between carries.
 */
const MEDIUM = 4e9;

/**
 * Adds the rows of a block at positions [from, to) of `rows`; the caller ensures that they belong to one symbol and one window.
 * @param base start of the CandleSums in `sums`, which may hold many of them
 */
export function addRows(sums: Float64Array, block: TradeBlock, rows: Int32Array, from: number, to: number, base = 0): void {
  let at = from;
  while (at < to) {
    if (sums[base + AT.count] !== 0) at = addPlainRows(sums, block, rows, at, to, base);
    if (at < to) addRow(sums, block, rows[at++]!, base);
  }
}

/**
 * Adds rows while their limbs are small, which is almost always: the numbers then stay in registers from row to row.
 * @returns position of the first row that was not added, or `to`
 */
function addPlainRows(sums: Float64Array, block: TradeBlock, rows: Int32Array, from: number, to: number, base: number): number {
  if (block.priceHigh !== null || block.quantityHigh !== null || sums[base + AT.high]! + sums[base + AT.low]! > 0) return from;
  const { id, priceWhole, priceFraction, quantityWhole, quantityFraction, side, origin } = block;
  const end = Math.min(to, from + CARRY_EVERY - sums[base + AT.sinceCarry]!);
  let firstId = sums[base + AT.firstId]!;
  let lastId = sums[base + AT.lastId]!;
  let firstRow = -1;
  let lastRow = -1;
  let repaired = 0;
  let highWhole = sums[base + AT.high + 1]!;
  let highFraction = sums[base + AT.high + 2]!;
  let lowWhole = sums[base + AT.low + 1]!;
  let lowFraction = sums[base + AT.low + 2]!;
  let wholes = sums[base + AT.volume + 1]!;
  let fractions = sums[base + AT.volume + 2]!;
  let boughtWholes = sums[base + AT.takerVolume + 1]!;
  let boughtFractions = sums[base + AT.takerVolume + 2]!;
  let sum0 = sums[base + AT.quote]!;
  let sum1 = sums[base + AT.quote + 1]!;
  let sum2 = sums[base + AT.quote + 2]!;
  let sum3 = sums[base + AT.quote + 3]!;
  let sum4 = sums[base + AT.quote + 4]!;
  let bought0 = sums[base + AT.takerQuote]!;
  let bought1 = sums[base + AT.takerQuote + 1]!;
  let bought2 = sums[base + AT.takerQuote + 2]!;
  let bought3 = sums[base + AT.takerQuote + 3]!;
  let bought4 = sums[base + AT.takerQuote + 4]!;
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
  if (firstRow >= 0) setPrice(sums, base + AT.open, 0, priceWhole[firstRow]!, priceFraction[firstRow]!);
  if (lastRow >= 0) setPrice(sums, base + AT.close, 0, priceWhole[lastRow]!, priceFraction[lastRow]!);
  setPrice(sums, base + AT.high, 0, highWhole, highFraction);
  setPrice(sums, base + AT.low, 0, lowWhole, lowFraction);
  sums[base + AT.firstId] = firstId;
  sums[base + AT.lastId] = lastId;
  sums[base + AT.count]! += at - from;
  sums[base + AT.repaired]! += repaired;
  sums[base + AT.volume + 1] = wholes;
  sums[base + AT.volume + 2] = fractions;
  sums[base + AT.takerVolume + 1] = boughtWholes;
  sums[base + AT.takerVolume + 2] = boughtFractions;
  sums[base + AT.quote] = sum0;
  sums[base + AT.quote + 1] = sum1;
  sums[base + AT.quote + 2] = sum2;
  sums[base + AT.quote + 3] = sum3;
  sums[base + AT.quote + 4] = sum4;
  sums[base + AT.takerQuote] = bought0;
  sums[base + AT.takerQuote + 1] = bought1;
  sums[base + AT.takerQuote + 2] = bought2;
  sums[base + AT.takerQuote + 3] = bought3;
  sums[base + AT.takerQuote + 4] = bought4;
  sums[base + AT.sinceCarry]! += at - from;
  if (sums[base + AT.sinceCarry]! >= CARRY_EVERY) carry(sums, base);
  return at;
}

/** Adds one row, however large its numbers are. */
function addRow(sums: Float64Array, block: TradeBlock, row: number, base: number): void {
  const id = block.id[row]!;
  const priceHigh = block.priceHigh === null ? 0 : block.priceHigh[row]!;
  const quantityHigh = block.quantityHigh === null ? 0 : block.quantityHigh[row]!;
  const priceWhole = block.priceWhole[row]!;
  const priceFraction = block.priceFraction[row]!;
  const quantityWhole = block.quantityWhole[row]!;
  const quantityFraction = block.quantityFraction[row]!;

  if (sums[base + AT.count] === 0) {
    sums[base + AT.firstId] = id;
    sums[base + AT.lastId] = id;
    setPrice(sums, base + AT.open, priceHigh, priceWhole, priceFraction);
    setPrice(sums, base + AT.high, priceHigh, priceWhole, priceFraction);
    setPrice(sums, base + AT.low, priceHigh, priceWhole, priceFraction);
    setPrice(sums, base + AT.close, priceHigh, priceWhole, priceFraction);
  } else {
    if (id > sums[base + AT.lastId]!) {
      sums[base + AT.lastId] = id;
      setPrice(sums, base + AT.close, priceHigh, priceWhole, priceFraction);
    } else if (id < sums[base + AT.firstId]!) {
      sums[base + AT.firstId] = id;
      setPrice(sums, base + AT.open, priceHigh, priceWhole, priceFraction);
    }
    if (comparePrice(sums, base + AT.high, priceHigh, priceWhole, priceFraction) < 0) {
      setPrice(sums, base + AT.high, priceHigh, priceWhole, priceFraction);
    } else if (comparePrice(sums, base + AT.low, priceHigh, priceWhole, priceFraction) > 0) {
      setPrice(sums, base + AT.low, priceHigh, priceWhole, priceFraction);
    }
  }
  sums[base + AT.count]! += 1;
  if (isRepaired(block.origin[row]!)) sums[base + AT.repaired]! += 1;

  const bought = block.side[row] === SIDE.buy;
  sums[base + AT.volume]! += quantityHigh;
  sums[base + AT.volume + 1]! += quantityWhole;
  sums[base + AT.volume + 2]! += quantityFraction;
  if (bought) {
    sums[base + AT.takerVolume]! += quantityHigh;
    sums[base + AT.takerVolume + 1]! += quantityWhole;
    sums[base + AT.takerVolume + 2]! += quantityFraction;
  }

  if (priceHigh !== 0 || quantityHigh !== 0 || priceWhole >= MEDIUM || quantityWhole >= MEDIUM) {
    const product = block.price(row) * block.quantity(row);
    addWideProduct(sums, base + AT.quote, product);
    if (bought) addWideProduct(sums, base + AT.takerQuote, product);
    carry(sums, base);
    return;
  }
  const small = priceWhole < SMALL && quantityWhole < SMALL;
  if (!small) carry(sums, base);
  const price1 = Math.floor(priceFraction / HALF_LIMB);
  const price2 = priceFraction - price1 * HALF_LIMB;
  const quantity1 = Math.floor(quantityFraction / HALF_LIMB);
  const quantity2 = quantityFraction - quantity1 * HALF_LIMB;
  const q0 = priceWhole * quantityWhole;
  if (q0 > Number.MAX_SAFE_INTEGER) {
    const product = block.price(row) * block.quantity(row);
    addWideProduct(sums, base + AT.quote, product);
    if (bought) addWideProduct(sums, base + AT.takerQuote, product);
    carry(sums, base);
    return;
  }
  const q1 = priceWhole * quantity1 + price1 * quantityWhole;
  const q2 = priceWhole * quantity2 + price1 * quantity1 + price2 * quantityWhole;
  const q3 = price1 * quantity2 + price2 * quantity1;
  const q4 = price2 * quantity2;
  sums[base + AT.quote]! += q0;
  sums[base + AT.quote + 1]! += q1;
  sums[base + AT.quote + 2]! += q2;
  sums[base + AT.quote + 3]! += q3;
  sums[base + AT.quote + 4]! += q4;
  if (bought) {
    sums[base + AT.takerQuote]! += q0;
    sums[base + AT.takerQuote + 1]! += q1;
    sums[base + AT.takerQuote + 2]! += q2;
    sums[base + AT.takerQuote + 3]! += q3;
    sums[base + AT.takerQuote + 4]! += q4;
  }
  if (!small || ++sums[base + AT.sinceCarry]! >= CARRY_EVERY) carry(sums, base);
}

const HALF_LIMB_BIG = 10n ** 6n;

/** Adds a product, in units of 10^-24, that is too large for the fast path. */
function addWideProduct(sums: Float64Array, at: number, product: bigint): void {
  let rest = product;
  for (let limb = 4; limb > 0; limb--) {
    sums[at + limb]! += Number(rest % HALF_LIMB_BIG);
    rest /= HALF_LIMB_BIG;
  }
  sums[at]! += Number(rest);
}
