import { parseJson } from './parse-json.js';

/** Matches, in valid JSON, a string or a number. */
const TOKEN = /"[^"\\]*(?:\\[^][^"\\]*)*"|-?\d[\d.eE+-]*/g;

/**
 * JSON with the exact digits of its numbers. JSON.parse makes floats of them, so 65083.60 or an id beyond 2^53 would lose digits; here each
 * number in the text is replaced by its index in a list, and the list keeps the digits.
 */
export class JsonText {
  private constructor(
    /** As from JSON.parse, but its numbers are indexes: read them with `digits`. */
    readonly value: unknown,
    readonly numbers: readonly string[],
  ) {}

  /** Undefined if the text is not JSON, or nested too deep. */
  static read(text: string): JsonText | undefined {
    const numbers: string[] = [];
    try {
      parseJson(text);
      const placed = text.replace(TOKEN, (token) => (token.startsWith('"') ? token : String(numbers.push(token) - 1)));
      return new JsonText(JSON.parse(placed), numbers);
    } catch {
      return undefined;
    }
  }

  /** The digits of a number, undefined if the value is not a number. */
  digits(value: unknown): string | undefined {
    return typeof value === 'number' ? this.numbers[value] : undefined;
  }

  /** A part of `value` as text, with the original digits of its numbers. */
  write(part: unknown): string {
    const text = JSON.stringify(part) as string | undefined;
    return (text ?? '').replace(TOKEN, (token) => (token.startsWith('"') ? token : this.numbers[Number(token)]!));
  }
}

/** A number in JSON with an exponent: another program than the venue wrote it. */
const WITH_EXPONENT = /^(\d+)(?:\.(\d+))?[eE]([+-]?\d+)$/;
/** Bounds of the work: what is longer, or needs more digits, fits nowhere. */
const NUMBER_MAX_CHARS = 512;
const SHIFT_MAX = 64;

/** The digits of a number without its exponent: the same value, exactly. Anything else is left as it is. */
export function withoutExponent(digits: string): string {
  const match = digits.length > NUMBER_MAX_CHARS ? null : WITH_EXPONENT.exec(digits);
  const shift = Number(match?.[3] ?? NaN);
  if (match === null || !(Math.abs(shift) <= SHIFT_MAX)) return digits;
  const [, whole = '', fraction = ''] = match;
  const all = `${'0'.repeat(Math.max(0, -shift))}${whole}${fraction}${'0'.repeat(Math.max(0, shift))}`;
  const wholes = whole.length + shift + Math.max(0, -shift);
  const after = all.slice(wholes).replace(/0+$/, '');
  const before = all.slice(0, wholes).replace(/^0+(?=\d)/, '') || '0';
  return after === '' ? before : `${before}.${after}`;
}

/** Whether a JSON value is an object, not a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
