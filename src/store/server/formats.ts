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
