import { decimalText, printUnits } from '../decimals.js';

/** Binance prints prices and quantities with eight fractional digits. */
const DIGITS = 8;

/** Makes a printer of whole units with `decimals` fractional digits: 6183763 with 2 is `61837.63000000`. */
export function fixedDecimal(decimals: number): (units: number) => string {
  return printUnits(decimals, DIGITS);
}

/** A sum as Binance prints it in klines: exact, with eight fractional digits, or more where eight do not hold it. */
export function fixedSum(units: bigint, decimals: number): string {
  const text = decimalText(units, decimals);
  const point = text.indexOf('.');
  const fraction = point === -1 ? '' : text.slice(point + 1);
  return `${point === -1 ? text : text.slice(0, point)}.${fraction.padEnd(DIGITS, '0')}`;
}
