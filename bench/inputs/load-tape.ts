import { toSymbol } from '../../src/exchanges/binance/symbols.js';
import { encodeTexts } from '../../src/simulator/shell/websocket-frames.js';
import { visitFrameTexts } from './frame-texts.js';

/** Ids that a load holds of one market: they rise by one. */
export interface SentMarket {
  readonly symbol: string;
  readonly firstId: number;
  readonly trades: number;
}

/** What a load generator makes ready. */
export interface LoadSpec {
  readonly trades: number;
  readonly symbols: number;
  /** Trades a second in the market's own time. */
  readonly marketRate: number;
}

/** Messages that are made one by one; a longer tape goes on with copies of them, with the ids and times that come then. */
const MADE_MAX = 1_000_000;

/** Messages of one write: about what a busy venue's socket holds. */
const FRAMES_PER_CHUNK = 1_000;
const NAME_AND_ID = /"s":"(\w+)","t":(\d+)/;
const ID = Buffer.from('"t":');
const TIMES = ['"E":', '"T":'].map((key) => Buffer.from(key));
const NAME = Buffer.from('"s":"');
const KEY_BYTES = 4;
const PLACES = 2 + TIMES.length;
const [ZERO, NINE, QUOTE] = [0x30, 0x39, 0x22];

interface Chunk {
  readonly bytes: Buffer;
  /** Where each message ends. */
  readonly ends: Uint32Array;
  /** Which lap its ids and times are of. */
  lap: number;
  /** Of each message the market, by number, and where its id and its times begin; looked for when they are first to be changed. */
  places?: Uint32Array;
}

/**
 * WebSocket messages of trades made ahead, sent as they lie there. Who takes more than there are gets them again in later laps, with
 * the ids and times that come then: nothing is sent twice, and no market has a hole.
 */
export class LoadTape {
  readonly #chunks: Chunk[] = [];
  /** By the venue's name. */
  readonly #markets = new Map<string, { firstId: number; trades: number }>();
  #spanMs: number;
  #lap = 0;
  #chunk = 0;
  #frame = 0;

  constructor({ trades, symbols, marketRate }: LoadSpec) {
    const laps = Math.ceil(trades / MADE_MAX);
    const copies = trades % laps === 0 ? laps : 1;
    let texts: string[] = [];
    let [firstUs, lastUs] = [Infinity, 0];
    visitFrameTexts(
      trades / copies,
      symbols,
      ({ text, sentUs }) => {
        const [, name, id] = NAME_AND_ID.exec(text)!;
        const market = this.#markets.get(name!);
        if (market === undefined) this.#markets.set(name!, { firstId: Number(id), trades: 1 });
        else market.trades += 1;
        firstUs = Math.min(firstUs, sentUs);
        lastUs = Math.max(lastUs, sentUs);
        texts.push(text);
        if (texts.length < FRAMES_PER_CHUNK) return;
        this.#chunks.push(chunkOf(texts));
        texts = [];
      },
      marketRate,
    );
    if (texts.length > 0) this.#chunks.push(chunkOf(texts));
    this.#spanMs = Math.ceil((lastUs - firstUs) / 1_000) + 1;
    this.#copy(copies);
  }

  /** Makes one lap of several. */
  #copy(laps: number): void {
    const made = [...this.#chunks];
    for (this.#lap = 1; this.#lap < laps; this.#lap++) {
      for (const chunk of made) {
        chunk.places ??= this.#placesIn(chunk);
        const copy = { ...chunk, bytes: Buffer.from(chunk.bytes) };
        this.#renumber(copy);
        this.#chunks.push({ ...copy, lap: 0 });
      }
    }
    this.#lap = 0;
    this.#spanMs *= laps;
    for (const market of this.#markets.values()) market.trades *= laps;
  }

  /** What the first lap holds, market by market. */
  get markets(): SentMarket[] {
    return [...this.#markets].map(([name, market]) => ({ symbol: toSymbol(name)!, ...market }));
  }

  /** The venue's names of its markets. */
  get names(): string[] {
    return [...this.#markets.keys()];
  }

  /** What was taken since it was rewound, market by market. */
  taken(): SentMarket[] {
    const inLap = new Map<string, number>();
    for (const [index, { bytes, ends }] of this.#chunks.entries()) {
      if (index > this.#chunk) break;
      for (let frame = 0; frame < (index < this.#chunk ? ends.length : this.#frame); frame++) {
        const name = nameIn(bytes, frame === 0 ? 0 : ends[frame - 1]!);
        inLap.set(name, (inLap.get(name) ?? 0) + 1);
      }
    }
    return [...this.#markets].map(([name, { firstId, trades }]) => ({
      ...{ symbol: toSymbol(name)!, firstId },
      trades: this.#lap * trades + (inLap.get(name) ?? 0),
    }));
  }

  /** The next message is the first of all. */
  rewind(): void {
    [this.#lap, this.#chunk, this.#frame] = [0, 0, 0];
  }

  /** The next messages, `most` at most and one at least, in bytes that stay as they are until the next lap. */
  take(most: number): { readonly bytes: Buffer; readonly frames: number } {
    const chunk = this.#chunks[this.#chunk]!;
    if (chunk.lap !== this.#lap) this.#renumber(chunk);
    const from = this.#frame;
    const to = Math.min(from + most, chunk.ends.length);
    const bytes = chunk.bytes.subarray(from === 0 ? 0 : chunk.ends[from - 1], chunk.ends[to - 1]);
    this.#frame = to;
    if (to === chunk.ends.length) {
      this.#frame = 0;
      this.#chunk += 1;
      if (this.#chunk === this.#chunks.length) {
        this.#chunk = 0;
        this.#lap += 1;
      }
    }
    return { bytes, frames: to - from };
  }

  /** Moves a chunk's ids and times to the lap that is sent: digits are written over digits. */
  #renumber(chunk: Chunk): void {
    const { bytes } = chunk;
    const laps = this.#lap - chunk.lap;
    const trades = [...this.#markets.values()].map((market) => market.trades);
    const places = (chunk.places ??= this.#placesIn(chunk));
    for (let at = 0; at < places.length; at += PLACES) {
      addTo(bytes, places[at + 1]!, laps * trades[places[at]!]!);
      for (let time = at + 2; time < at + PLACES; time++) addTo(bytes, places[time]!, laps * this.#spanMs);
    }
    chunk.lap = this.#lap;
  }

  #placesIn({ bytes, ends }: Chunk): Uint32Array {
    const names = [...this.#markets.keys()];
    const places = new Uint32Array(PLACES * ends.length);
    let start = 0;
    for (const [message, end] of ends.entries()) {
      const keys = [ID, ...TIMES].map((key) => bytes.indexOf(key, start) + KEY_BYTES);
      places.set([names.indexOf(nameIn(bytes, start)), ...keys], PLACES * message);
      start = end;
    }
    return places;
  }
}

/** The venue's name of the market in a message. */
function nameIn(bytes: Buffer, start: number): string {
  const name = bytes.indexOf(NAME, start) + NAME.length;
  return bytes.toString('latin1', name, bytes.indexOf(QUOTE, name));
}

function chunkOf(texts: readonly string[]): Chunk {
  // Copied, because the encoder reserves three bytes a character.
  const bytes = Buffer.from(encodeTexts(texts));
  const ends = new Uint32Array(texts.length);
  let end = 0;
  for (const [index, { length }] of texts.entries()) {
    // A message of 126 bytes or more says its length in two bytes more.
    end += length + (length < 126 ? 2 : 4);
    ends[index] = end;
  }
  return { bytes, ends, lap: 0 };
}

/** Adds to the decimal number that begins at a place. @throws where the sum has more digits */
function addTo(bytes: Buffer, start: number, amount: number): void {
  let end = start;
  while (bytes[end]! >= ZERO && bytes[end]! <= NINE) end += 1;
  let rest = amount;
  for (let at = end - 1; at >= start && rest !== 0; at--) {
    const sum = bytes[at]! - ZERO + rest;
    rest = Math.floor(sum / 10);
    bytes[at] = ZERO + (sum - rest * 10);
  }
  if (rest !== 0) throw new Error('a number of the load has no room for another lap');
}
