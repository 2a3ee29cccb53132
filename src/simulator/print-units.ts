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
