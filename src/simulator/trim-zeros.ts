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
