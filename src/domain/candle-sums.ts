import { LIMB } from './trade-block.js';

/**
 * The exact sums of a set of trades of one symbol: the numbers of a candle, mergeable in any order. Trades are ordered by id, so open and
 * close do not depend on the order of arrival.
 * Decimals are limbs of base 10^12 (see TradeBlock); products are limbs of base 10^6 with 24 fractional digits. Limbs are carried only when
 * they might otherwise exceed what a double holds exactly.
 */
export type CandleSums = Float64Array;

/** Slots in CandleSums. A price takes three (high, whole, fraction), a volume three, a quote volume five (10^0, 10^-6 .. 10^-24). */
export const AT = {
  count: 0,
  firstId: 1,
  lastId: 2,
  repaired: 3,
  sinceCarry: 4,
  open: 5,
  high: 8,
  low: 11,
  close: 14,
  volume: 17,
  takerVolume: 20,
  quote: 23,
  takerQuote: 28,
} as const;

/** Numbers in CandleSums. */
export const SUMS_LENGTH = 33;
export const HALF_LIMB = 1e6;
/** 2,000 * 3 * 10^12 and a carried rest stay below 2^53. */
export const CARRY_EVERY = 2_000;

/** Number of sums allocated at a time. */
const SLAB_SUMS = 32;
let slab = new Float64Array(0);
let slabUsed = 0;

/** Empty sums. They share an array with others allocated at about the same time: an array for each costs ten times as much. */
export function emptySums(): CandleSums {
  if (slabUsed === slab.length) {
    slab = new Float64Array(SLAB_SUMS * SUMS_LENGTH);
    slabUsed = 0;
  }
  slabUsed += SUMS_LENGTH;
  return slab.subarray(slabUsed - SUMS_LENGTH, slabUsed);
}

export function copySums(sums: CandleSums): CandleSums {
  const copy = emptySums();
  copy.set(sums);
  return copy;
}

/** Merges the sums of another, disjoint set of trades. */
export function mergeSums(into: CandleSums, from: CandleSums): void {
  if (from[AT.count] === 0) return;
  carry(from);
  if (into[AT.count] === 0) {
    into.set(from);
    return;
  }
  if (from[AT.firstId]! < into[AT.firstId]!) {
    into[AT.firstId] = from[AT.firstId]!;
    copyPrice(into, AT.open, from, AT.open);
  }
  if (from[AT.lastId]! > into[AT.lastId]!) {
    into[AT.lastId] = from[AT.lastId]!;
    copyPrice(into, AT.close, from, AT.close);
  }
  if (comparePrice(into, AT.high, from[AT.high]!, from[AT.high + 1]!, from[AT.high + 2]!) < 0) copyPrice(into, AT.high, from, AT.high);
  if (comparePrice(into, AT.low, from[AT.low]!, from[AT.low + 1]!, from[AT.low + 2]!) > 0) copyPrice(into, AT.low, from, AT.low);
  into[AT.count]! += from[AT.count]!;
  into[AT.repaired]! += from[AT.repaired]!;
  for (let at: number = AT.volume; at < SUMS_LENGTH; at++) into[at]! += from[at]!;
  // Each limb added is below 10^12, less than a trade may add.
  if (++into[AT.sinceCarry]! >= CARRY_EVERY) carry(into);
}

/**
 * Carries until each limb is below its base, so that equal sums have equal limbs.
 * @param base start of the sums in an array that may hold many of them
 */
export function carry(sums: Float64Array, base = 0): void {
  sums[base + AT.sinceCarry] = 0;
  carryLimb(sums, base + AT.volume + 2, LIMB);
  carryLimb(sums, base + AT.volume + 1, LIMB);
  carryLimb(sums, base + AT.takerVolume + 2, LIMB);
  carryLimb(sums, base + AT.takerVolume + 1, LIMB);
  for (let limb = 4; limb > 0; limb--) {
    carryLimb(sums, base + AT.quote + limb, HALF_LIMB);
    carryLimb(sums, base + AT.takerQuote + limb, HALF_LIMB);
  }
}

function carryLimb(sums: Float64Array, at: number, base: number): void {
  const value = sums[at]!;
  if (value < base) return;
  // Math.floor(value / base) would round up just below a multiple of the base; the remainder is exact.
  const rest = value % base;
  sums[at] = rest;
  sums[at - 1]! += (value - rest) / base;
}

export function setPrice(sums: Float64Array, at: number, high: number, whole: number, fraction: number): void {
  sums[at] = high;
  sums[at + 1] = whole;
  sums[at + 2] = fraction;
}

function copyPrice(into: CandleSums, to: number, from: CandleSums, at: number): void {
  setPrice(into, to, from[at]!, from[at + 1]!, from[at + 2]!);
}

/** Negative if the price in the sums is lower. */
export function comparePrice(sums: Float64Array, at: number, high: number, whole: number, fraction: number): number {
  return sums[at]! - high || sums[at + 1]! - whole || sums[at + 2]! - fraction;
}
