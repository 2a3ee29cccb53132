import { encodeTexts } from '../../src/simulator/shell/encode-texts.js';
import { toSymbol } from '../../src/exchanges/binance/symbols.js';
import { visitFrameTexts } from './frame-texts.js';

/** Messages of one write: about what a busy venue's socket holds. */
export const FRAMES_PER_CHUNK = 1_000;

/** Ids that a run sends of one market. */
export interface SentMarket {
  readonly symbol: string;
  readonly firstId: number;
  readonly trades: number;
}

const FIELDS = /"s":"(\w+)","t":(\d+)/;

/** WebSocket messages made ahead, in chunks that are written as they are. */
export function loadChunks(trades: number, symbols: number): Buffer[] {
  const chunks: Buffer[] = [];
  let texts: string[] = [];
  visitFrameTexts(trades, symbols, ({ text }) => {
    texts.push(text);
    if (texts.length < FRAMES_PER_CHUNK) return;
    // Copied, because the encoder reserves three bytes a character.
    chunks.push(Buffer.from(encodeTexts(texts)));
    texts = [];
  });
  if (texts.length > 0) chunks.push(Buffer.from(encodeTexts(texts)));
  return chunks;
}

/** What such chunks hold, market by market: ids rise by one. */
export function sentMarkets(trades: number, symbols: number): SentMarket[] {
  const markets = new Map<string, { firstId: number; trades: number }>();
  visitFrameTexts(trades, symbols, ({ text }) => {
    const [, name, id] = FIELDS.exec(text)!;
    const market = markets.get(name!);
    if (market === undefined) markets.set(name!, { firstId: Number(id), trades: 1 });
    else market.trades += 1;
  });
  return [...markets].map(([name, market]) => ({ symbol: toSymbol(name)!, ...market }));
}
