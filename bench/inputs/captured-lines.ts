import { readCaptures } from './captured-frames.js';

/** `<receive_time_ns> <frame>`. */
const LINE = /^(\d+)(\d{6}) (.*)$/;
const ID = /"t":(\d+)/;
const TIMES = /"([ET])":(\d+)/g;
const SYMBOL = /"s":"(\w+)"/;

/** So many lines of the captures with frames of every kind, repeated: later copies have later ids and times, and ids have no gap. */
export function* capturedLines(count: number): Generator<string> {
  const lines = readCaptures()
    .map((line) => {
      const [, receivedMs, rest, text] = LINE.exec(line)!;
      return {
        receivedMs: Number(receivedMs),
        rest: rest!,
        text: text!,
        symbol: SYMBOL.exec(text!)?.[1] ?? '',
        trade: text!.includes('@trade"'),
      };
    })
    .sort((a, b) => a.receivedMs - b.receivedMs || Number(a.rest) - Number(b.rest));
  const spanMs = lines.at(-1)!.receivedMs - lines[0]!.receivedMs + 1_000;
  const trades = new Map<string, number>();
  for (const { symbol, trade } of lines) if (trade) trades.set(symbol, (trades.get(symbol) ?? 0) + 1);
  for (let made = 0; made < count; made++) {
    const { receivedMs, rest, text, symbol, trade } = lines[made % lines.length]!;
    const copy = Math.floor(made / lines.length);
    const later = text.replace(TIMES, (_, key: string, time: string) => `"${key}":${Number(time) + copy * spanMs}`);
    const numbered = trade ? later.replace(ID, (_, id: string) => `"t":${Number(id) + copy * trades.get(symbol)!}`) : later;
    yield `${receivedMs + copy * spanMs}${rest} ${numbered}`;
  }
}
