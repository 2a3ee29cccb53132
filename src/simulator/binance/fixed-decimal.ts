import { printUnits } from '../print-units.js';

/** Binance prints prices and quantities with eight fractional digits. */
const DIGITS = 8;

/** Makes a printer of whole units with `decimals` fractional digits: 6183763 with 2 is `61837.63000000`. */
export function fixedDecimal(decimals: number): (units: number) => string {
  return printUnits(decimals, DIGITS);
}
