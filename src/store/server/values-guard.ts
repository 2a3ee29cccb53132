import { ClickHouseException, codes } from './clickhouse-exception.js';

const BACKSLASH = 0x5c;
const SEMICOLON = 0x3b;
const QUOTES = new Set([0x27, 0x22, 0x60]);
const BLANKS = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * Passes on the data of `INSERT ... VALUES`, and throws if anything follows the semicolon that ends it. The engine reads values up to the
 * semicolon and ignores the rest: a second statement would be lost silently.
 */
export async function* singleValuesList(data: AsyncIterable<Buffer>): AsyncGenerator<Buffer, undefined> {
  let quote = 0;
  let isEscaped = false;
  let isEnded = false;
  for await (const chunk of data) {
    for (const byte of chunk) {
      if (isEscaped) isEscaped = false;
      else if (quote !== 0) {
        // A doubled quote closes and reopens the string, with the same result.
        if (byte === BACKSLASH) isEscaped = true;
        else if (byte === quote) quote = 0;
      } else if (isEnded) {
        if (!BLANKS.has(byte) && byte !== SEMICOLON) {
          throw ClickHouseException.of(codes.syntaxError, 'Syntax error (Multi-statements are not allowed): data follows the semicolon.');
        }
      } else if (QUOTES.has(byte)) quote = byte;
      else if (byte === SEMICOLON) isEnded = true;
    }
    yield chunk;
  }
  return undefined;
}
