import { BASE_MS, tradeFrame } from './binance-frames.js';
import { Random } from './random.js';
import type { ReferenceTrade } from './reference.js';

/** One thing that reaches the pipeline. */
export type Arrival =
  | { readonly kind: 'frame'; readonly text: string }
  /** A page of one symbol from REST: the rows of historicalTrades. */
  | { readonly kind: 'page'; readonly symbol: string; readonly body: string; readonly trades: readonly ReferenceTrade[] };

export interface VenueStream {
  /** Every trade that there was at the venue, whether or not it arrives. */
  readonly truth: readonly ReferenceTrade[];
  /** Each id of each symbol as it was sent first, in the venue's order; some do not arrive. */
  readonly sent: readonly Arrival[];
  readonly markets: readonly string[];
  /** Whether the time of some trades is below that of the trade before them, and frames without a quantity may be wrong. */
  readonly isInverted: boolean;
}

export interface StreamShape {
  /** How often a trade's time falls back; default: never. Where it does, a frame without a quantity may come for an id that holds a trade. */
  readonly inverted?: number;
  /** Whether frames are lost, damaged and mended by REST, or all arrive as they are. */
  readonly faulty: boolean;
  readonly ids: number;
}

const MARKETS = ['BTC-USDT', 'ETH-USDT', '1000SATS-USDT'];

/** What a venue sends: ids and times rise together per symbol, as far as not asked otherwise, with quiet hours in between. */
export function venueStream(seed: number, { faulty, ids, inverted = 0 }: StreamShape): VenueStream {
  const random = new Random(seed);
  const markets = MARKETS.slice(0, random.between(1, MARKETS.length));
  const micros = random.chance(0.3);
  const ease = faulty ? random.pick([0, 0.02, 0.15]) : 0;
  const pace = random.pick([
    [0, 1, 5, 40],
    [0, 5, 300, 900],
    [0, 100, 1_000, 61_000],
    [0, 300, 20_000, 4_000_000],
  ]);
  const next = new Map(markets.map((market) => [market, random.between(0, 4_000_000_000)]));
  const truth: ReferenceTrade[] = [];
  const sent: Arrival[] = [];
  let newest = (BASE_MS + random.below(180_000)) * 1_000;
  // Its own: the rest of a stream is the same with inversions and without.
  const fallBacks = new Random(seed + 1_000_003);
  for (let at = 0; at < ids; at++) {
    newest += random.pick(pace) * (micros ? random.between(1, 1_000) : 1_000);
    const time = newest - (fallBacks.chance(inverted) ? fallBacks.pick([1_000, 400_000, 3_000_000, 70_000_000]) : 0);
    const symbol = random.pick(markets);
    const id = next.get(symbol)!;
    next.set(symbol, id + 1);
    const empty = random.chance(0.06);
    const text = (value: bigint) => `${value / 10n ** 12n}.${(value % 10n ** 12n).toString().padStart(12, '0').slice(0, 8)}`;
    const price = BigInt(random.between(1, 99_999_999)) * 10n ** BigInt(random.between(4, 9));
    const quantity = empty ? 0n : BigInt(random.between(1, 999_999)) * 10n ** BigInt(random.between(4, 9));
    const trade: ReferenceTrade = { symbol, id, time, price, quantity, bought: random.chance(0.5), repaired: false };
    if (!empty) truth.push(trade);
    const unit = micros ? time : time / 1_000;
    const fields = {
      ...{
        E: String(unit + random.below(3)),
        s: symbol.replace('-', ''),
        t: String(id),
        p: text(price),
        q: text(quantity),
        T: String(unit),
      },
      ...{ m: String(!trade.bought), M: 'true' },
    };
    const stream = random.chance(0.2) ? null : `${fields.s.toLowerCase()}@trade`;
    if (!random.chance(ease)) {
      sent.push({ kind: 'frame', text: tradeFrame(fields, stream) });
      continue;
    }
    switch (random.below(inverted > 0 ? 6 : 5)) {
      case 0: // lost for good
        break;
      case 1: // read as far as its id, then refused
        sent.push({ kind: 'frame', text: tradeFrame({ ...fields, p: random.pick(['-1', '', '1e5', '9'.repeat(40)]) }, stream) });
        break;
      case 5: // a frame without a quantity, ahead of the trade or instead of it
        sent.push({ kind: 'frame', text: tradeFrame({ ...fields, q: '0.00000000' }, stream) });
        if (random.chance(0.7)) sent.push({ kind: 'frame', text: tradeFrame(fields, stream) });
        break;
      case 2: // not readable at all
        sent.push({ kind: 'frame', text: tradeFrame(fields, stream).slice(0, random.between(1, 60)) });
        break;
      default: {
        // Missed, and fetched again.
        if (empty) break;
        const row = { id, price: fields.p, qty: fields.q, quoteQty: '0', time: unit, isBuyerMaker: !trade.bought, isBestMatch: true };
        sent.push({ kind: 'page', symbol, body: JSON.stringify([row]), trades: [{ ...trade, repaired: true }] });
      }
    }
  }
  return { truth, sent, markets, isInverted: inverted > 0 };
}

/** The same arrivals as a network may bring them: again, late, in pieces out of order, or in any order at all. */
export function disordered(random: Random, sent: readonly Arrival[], how: 'inOrder' | 'repeated' | 'pieces' | 'anyOrder'): Arrival[] {
  if (how === 'inOrder') return [...sent];
  if (how === 'anyOrder') return random.shuffled([...sent, ...sent.filter(() => random.chance(0.2))]);
  const pieces: Arrival[][] = [];
  for (let from = 0; from < sent.length;) {
    const length = random.between(1, 40);
    pieces.push(sent.slice(from, from + length));
    from += length;
  }
  if (how === 'repeated') {
    // A second connection starts where the first had been a while ago.
    return pieces.flatMap((piece, at) => (random.chance(0.3) ? [...(pieces[at - 1] ?? []), ...piece, ...piece] : piece));
  }
  for (let swaps = random.between(1, 6); swaps > 0; swaps--) {
    const at = random.below(pieces.length);
    const [piece] = pieces.splice(at, 1);
    pieces.splice(Math.min(pieces.length, at + random.between(1, 4)), 0, piece!);
  }
  return pieces.flat();
}
