import { ClickHouseException, codes } from './clickhouse-exception.js';
import type { RunResult } from './engine-session.js';
import type { IncomingInsert } from './request-statement.js';
import { sqlLiteral } from './sql-tokens.js';
import type { StatementContext } from './statement-context.js';

/**
 * Runs an insert with its own data. The data never becomes part of the SQL: the engine would end it at the first blank line, in the middle
 * of binary data, and run the rest. It is written to a file, completely, and the engine reads that: so a truncated body inserts nothing.
 */
export async function runInsert(context: StatementContext, insert: IncomingInsert, expectedBytes: number | undefined): Promise<RunResult> {
  const leaveUploads = await context.gates.uploads.enter(context.signal);
  try {
    const format = insert.format ?? context.options.defaultFormat ?? 'Values';
    const file = await context.temp.write(format === 'Values' ? singleValuesList(insert.data) : insert.data, expectedBytes);
    try {
      const leaveWrites = await context.gates.writes.enter(context.signal);
      const session = context.engine.session();
      try {
        await session.run(context.prologue, 'Null');
        // COMPRESSION is explicit, because otherwise the engine guesses it from the file's name.
        const from = `FROM INFILE ${sqlLiteral(file.path)} COMPRESSION 'none'`;
        return await session.run([insert.target, from, insert.settings, `FORMAT ${format}`].join('\n'), 'Null');
      } finally {
        session.close();
        leaveWrites();
      }
    } catch (error) {
      throw withoutPath(ClickHouseException.from(error), file.path);
    } finally {
      await file.remove();
    }
  } finally {
    leaveUploads();
  }
}

/** The engine names the file in its errors. The client has no such file: it sent a body. */
function withoutPath(exception: ClickHouseException, path: string): ClickHouseException {
  return new ClickHouseException(exception.code, exception.message.replaceAll(path, 'request body'), exception.httpStatus);
}

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
