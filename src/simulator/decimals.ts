/**
 * Makes a printer of whole units with `decimals` fractional digits, which prints `digits` of them, `decimals` or more:
 * 6183763 with 2 and 8 is `61837.63000000`. It runs for each trade that is sent: plain numbers, no BigInt.
 */
export function printUnits(decimals: number, digits = decimals): (units: number) => string {
  const scale = 10 ** decimals;
  const padding = '0'.repeat(Math.max(0, digits - decimals));
  if (decimals === 0) return (units) => (padding === '' ? String(units) : `${units}.${padding}`);
  return (units) => {
    // Below 2^53 both steps are exact, but for the quotient, which may round up to the next integer.
    let whole = Math.floor(units / scale);
    if (whole * scale > units) whole--;
    // The leading 1 keeps the zeros after the point.
    return `${whole}.${String(scale + (units - whole * scale)).slice(1)}${padding}`;
  };
}

/** Whole units with `decimals` fractional digits as a decimal: exact, without trailing zeros. 6183700n, 2 is `61837`. */
export function decimalText(units: bigint, decimals: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
  return `${units < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

const ZERO = 48;
const POINT = 46;

/** A decimal without trailing zeros after its point: `0.00218600` is `0.002186`. A whole number keeps its zeros. */
export function trimZeros(decimal: string): string {
  if (!decimal.includes('.')) return decimal;
  let end = decimal.length;
  while (decimal.charCodeAt(end - 1) === ZERO) end--;
  if (decimal.charCodeAt(end - 1) === POINT) end--;
  return decimal.slice(0, end);
}
