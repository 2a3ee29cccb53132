/** How a format can be streamed while the query runs: the engine renders each piece as a result of its own. */
export type PieceRule =
  /** Pieces are concatenated. */
  | { readonly join: 'plain' }
  /** Each piece has the same header lines; all but the first are dropped. */
  | { readonly join: 'lines'; readonly headerLines: number; readonly quotes: boolean }
  /** Arrow's stream: one schema, then record batches, then an end mark. */
  | { readonly join: 'arrow' };

const PLAIN = ['JSONEachRow', 'JSONLines', 'NDJSON', 'JSONCompactEachRow', 'JSONStringsEachRow', 'JSONCompactStringsEachRow'].concat(
  ['TabSeparated', 'TSV', 'TabSeparatedRaw', 'TSVRaw', 'Raw', 'CSV', 'LineAsString'],
  ['RowBinary', 'Native', 'MsgPack', 'BSONEachRow'],
);
const ONE_HEADER_LINE = ['TabSeparatedWithNames', 'TSVWithNames', 'JSONCompactEachRowWithNames', 'JSONCompactStringsEachRowWithNames'];
const TWO_HEADER_LINES = ONE_HEADER_LINE.map((name) => `${name}AndTypes`);

const PIECES = new Map<string, PieceRule>([
  ...PLAIN.map((name) => [name, { join: 'plain' }] as const),
  ...ONE_HEADER_LINE.map((name) => [name, { join: 'lines', headerLines: 1, quotes: false }] as const),
  ...TWO_HEADER_LINES.map((name) => [name, { join: 'lines', headerLines: 2, quotes: false }] as const),
  ['CSVWithNames', { join: 'lines', headerLines: 1, quotes: true }],
  ['CSVWithNamesAndTypes', { join: 'lines', headerLines: 2, quotes: true }],
  ['ArrowStream', { join: 'arrow' }],
]);

/** How results in a format can be streamed; undefined: only as a whole (JSON, Parquet, Pretty and others). */
export function pieceRuleOf(format: string): PieceRule | undefined {
  return PIECES.get(format);
}

/** Pattern of a format's name. Whether it exists, the engine decides. */
export const FORMAT_NAME = /^[A-Za-z][A-Za-z0-9]*$/;

/** The Content-Type of a format in ClickHouse's own HTTP interface. */
export function contentTypeOf(format: string): string {
  if (/^(JSONL|NDJSON|JSON\w*EachRow)/.test(format)) return 'application/x-ndjson; charset=UTF-8';
  if (format.startsWith('JSON')) return 'application/json; charset=UTF-8';
  if (format.startsWith('CSV')) return 'text/csv; charset=UTF-8';
  if (/^(TSV|TabSeparated)/.test(format)) return 'text/tab-separated-values; charset=UTF-8';
  if (format === 'XML') return 'application/xml; charset=UTF-8';
  if (/^(Pretty|Vertical|Values|LineAsString|Markdown|SQLInsert|Template|CustomSeparated)/.test(format)) return 'text/plain; charset=UTF-8';
  return 'application/octet-stream';
}

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
