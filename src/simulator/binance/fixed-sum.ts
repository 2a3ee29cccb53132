import { decimalText } from '../decimal-text.js';

const DECIMALS = 8;

/** A sum as Binance prints it in klines: exact, with eight fractional digits, or more where eight do not hold it. */
export function fixedSum(units: bigint, decimals: number): string {
  const text = decimalText(units, decimals);
  const point = text.indexOf('.');
  const fraction = point === -1 ? '' : text.slice(point + 1);
  return `${point === -1 ? text : text.slice(0, point)}.${fraction.padEnd(DECIMALS, '0')}`;
}
