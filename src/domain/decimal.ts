/** Fractional digits of prices and quantities: Decimal(38, 12). */
export const SCALE = 12;
/** Fractional digits of a product of two of them: Decimal(38, 24). */
export const PRODUCT_SCALE = 24;
/** One more than the largest scaled integer that 38 digits hold. */
export const DECIMAL_LIMIT = 10n ** 38n;

const PATTERN = /^(-?)(\d+)(?:\.(\d+))?$/;

/**
 * Parses plain decimal text as an integer of 10^-scale units.
 * @returns null for anything else: exponents, signs other than a leading minus, non-zero digits beyond the scale, more than 38 digits.
 */
export function parseDecimal(text: string, scale: number): bigint | null {
  const match = PATTERN.exec(text);
  if (match === null) return null;
  const fraction = match[3] ?? '';
  if (fraction.length > scale && /[1-9]/.test(fraction.slice(scale))) return null;
  const magnitude = BigInt(match[2]! + fraction.slice(0, scale).padEnd(scale, '0'));
  if (magnitude >= DECIMAL_LIMIT) return null;
  return match[1] === '-' ? -magnitude : magnitude;
}

/** Writes an integer of 10^-scale units as decimal text without trailing zeros. */
export function formatDecimal(value: bigint, scale: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return `${value < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}
