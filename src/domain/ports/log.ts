/** Writes a log line: fields, and a sentence. */
type Write = (fields: object, sentence: string) => void;

/** The log of a part; pino's logger implements it. */
export interface Log {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}
