/** A trade as JSON.parse gives it. */
export interface ParsedTrade {
  readonly E: number;
  readonly s: string;
  readonly t: number;
  readonly p: string;
  readonly q: string;
  readonly T: number;
  readonly m: boolean;
}

/** What most programs do with a message: bytes to text, text to an object. */
export function parseTrade(message: Buffer): ParsedTrade {
  return (JSON.parse(message.toString()) as { data: ParsedTrade }).data;
}
