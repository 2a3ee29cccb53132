import { parseJson } from './parse-json.js';

/** In text that is known to be JSON: a string, or a number. */
const TOKEN = /"[^"\\]*(?:\\[^][^"\\]*)*"|-?\d[\d.eE+-]*/g;

/**
 * JSON whose numbers keep their digits. JSON.parse makes floats of them, and 65083.60 or an id beyond 2^53 would be lost; so it is
 * given the text with each number replaced by its place in a list, and the list keeps what stood there.
 */
export class JsonText {
  private constructor(
    /** As JSON.parse gives it, but that its numbers are places: read them with `digits`. */
    readonly value: unknown,
    readonly numbers: readonly string[],
  ) {}

  /** Undefined where the text is no JSON, or nested too deep. */
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

  /** The text of a number, undefined where the value is none. */
  digits(value: unknown): string | undefined {
    return typeof value === 'number' ? this.numbers[value] : undefined;
  }

  /** A part of `value` as text, its numbers as they stood. */
  write(part: unknown): string {
    const text = JSON.stringify(part) as string | undefined;
    return (text ?? '').replace(TOKEN, (token) => (token.startsWith('"') ? token : this.numbers[Number(token)]!));
  }
}

/** Whether a value of JSON is an object, and no list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
