import type { PieceRule } from './formats.js';

const NEWLINE = 0x0a;
const QUOTE = 0x22;
/** Arrow's stream: each message starts with this mark, then the length of its metadata; a length of zero ends the stream. */
const CONTINUATION_BYTES = 4;
const LENGTH_BYTES = 4;
const END_MARK = Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

/**
 * Joins valid results into one: repeated headers are dropped, Arrow's schema is kept once and its end mark is last. The function remembers
 * the first piece: create one per response.
 */
export function pieceJoiner(rule: PieceRule): { readonly piece: (bytes: Buffer) => Buffer; readonly end: () => Buffer } {
  const nothing = Buffer.alloc(0);
  if (rule.join === 'plain') return { piece: (bytes) => bytes, end: () => nothing };

  let headerBytes: number | undefined;
  const measure = rule.join === 'arrow' ? arrowSchemaBytes : (bytes: Buffer) => headerLineBytes(bytes, rule.headerLines, rule.quotes);
  const withoutRepeats = (bytes: Buffer): Buffer => {
    // The header is the same in each piece, so the first one's length is valid for all.
    if (headerBytes !== undefined) return bytes.subarray(headerBytes);
    headerBytes = measure(bytes);
    return bytes;
  };
  if (rule.join === 'lines') return { piece: withoutRepeats, end: () => nothing };
  return {
    piece: (bytes) => withoutRepeats(bytes.subarray(-END_MARK.length).equals(END_MARK) ? bytes.subarray(0, -END_MARK.length) : bytes),
    end: () => END_MARK,
  };
}

/** Length of the first message, which is the schema and has no body. */
function arrowSchemaBytes(bytes: Buffer): number {
  return CONTINUATION_BYTES + LENGTH_BYTES + bytes.readInt32LE(CONTINUATION_BYTES);
}

/** Length of the first lines. In CSV a name may hold line breaks inside its quotes. */
function headerLineBytes(bytes: Buffer, lines: number, quotes: boolean): number {
  let left = lines;
  let isQuoted = false;
  for (let at = 0; at < bytes.length; at += 1) {
    if (quotes && bytes[at] === QUOTE) isQuoted = !isQuoted;
    else if (bytes[at] === NEWLINE && !isQuoted) left -= 1;
    if (left === 0) return at + 1;
  }
  return bytes.length;
}
