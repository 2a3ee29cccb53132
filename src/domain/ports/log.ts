/** Writes a line of the log: what happened, as fields, and a sentence. */
type Write = (fields: object, sentence: string) => void;

/** Where a part says what happened; pino's logger is one. */
export interface Log {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}
