import { IdSet } from '../../../src/simulator/ledger/id-set.js';

/** Where an id and its market stand in the frames of each venue, as the simulators print them. */
const TRADES: Readonly<Record<string, RegExp>> = {
  binance: /"s":"([^"]+)","t":(\d+)/g,
  coinbase: /"product_id":"([^"]+)","trade_id":"(\d+)"/g,
  kraken: /"symbol":"([^"]+)","side":"[a-z]*","price":[\d.]*,"qty":[\d.]*,"ord_type":"[a-z]*","trade_id":(\d+)/g,
};

const HIGHEST_BIT = 0x80;

/**
 * What the clients of a venue were given, read by the witness's own eyes: which ids came whole, and which came in a frame whose bytes
 * were damaged before any whole copy was there. Such a trade is refused, and counts as seen: nobody asks for it again.
 */
export class FrameWitness {
  /** Ids of each market of which the client in being has had a whole copy. */
  #whole = new Map<string, IdSet>();
  /** Ids of each market whose damaged copy came first. */
  readonly #spoiled = new Map<string, Set<number>>();
  /** Lowest id of each market that came whole in a life that ended in order. */
  readonly #first = new Map<string, number>();
  frames = 0;
  damagedFrames = 0;

  /** @param isStored whether a trade is in the store */
  constructor(
    readonly venue: string,
    private readonly isStored: (venueSymbol: string, id: number) => boolean,
  ) {}

  /** A client was given a frame. */
  saw(bytes: Uint8Array): void {
    this.frames += 1;
    const isDamaged = bytes.some((byte) => byte >= HIGHEST_BIT);
    const text = Buffer.from(isDamaged ? bytes.map((byte) => byte & ~HIGHEST_BIT) : bytes).toString('latin1');
    if (isDamaged) this.damagedFrames += 1;
    else if (!isJson(text)) return;
    for (const [, market, digits] of text.matchAll(TRADES[this.venue]!)) this.#note(market!, Number(digits), isDamaged);
  }

  /** The client is no more. What it was given and had not stored is lost, unless it ended in order. */
  lifeEnded(inOrder: boolean): void {
    if (inOrder) {
      for (const [market, ids] of this.#whole) {
        const first = ids.intervals()[0]?.[0];
        if (first !== undefined) this.#first.set(market, Math.min(first, this.#first.get(market) ?? Infinity));
      }
    }
    this.#whole = new Map();
  }

  /** Ids that may be missing in the store for ever: a damaged copy of them came first. */
  spoiled(market: string): ReadonlySet<number> {
    return this.#spoiled.get(market) ?? new Set();
  }

  /** The lowest id that has to be stored; undefined where no life that ended in order had any. */
  firstOwed(market: string): number | undefined {
    return this.#first.get(market);
  }

  /** Whether the client in being has had an id whole. */
  hasHad(market: string, id: number): boolean {
    return this.#whole.get(market)?.has(id) ?? false;
  }

  #note(market: string, id: number, isDamaged: boolean): void {
    let whole = this.#whole.get(market);
    if (whole === undefined) this.#whole.set(market, (whole = new IdSet()));
    if (!isDamaged) {
      whole.add(id);
      return;
    }
    if (whole.has(id) || this.isStored(market, id)) return;
    let spoiled = this.#spoiled.get(market);
    if (spoiled === undefined) this.#spoiled.set(market, (spoiled = new Set()));
    spoiled.add(id);
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
