import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareGaps, GAP_STATES, type GapQuery, type Gap } from '../../../src/domain/gap.js';
import { Stamps } from '../../../src/domain/stamps.js';
import { GapReader } from '../../../src/reading/gap-reader.js';
import { GapJournal } from '../../../src/recording/repair/gap-journal.js';
import { keep } from '../../support/core/outlet.js';
import { ArrayGaps } from '../api/support/array-gaps.js';

const gap = (first: number, rest: Partial<Gap> = {}): Gap => ({
  ...{ exchange: 'binance', symbol: 'BTC-USDT', first, last: first + 4, reason: 'missed', state: 'open', openedAt: 1, closedAt: null },
  ...rest,
});

interface Row {
  readonly first_id: string;
  readonly last_id: string | null;
  readonly state: string;
  readonly version: string;
}

/** A journal and the store that it writes to, which acknowledges when a test says so. */
function rig(more: { readonly wordsMax?: number } = {}) {
  const sent: { readonly rows: Row[]; readonly acknowledge: () => void }[] = [];
  const journal = new GapJournal({
    ...more,
    stamp: new Stamps(() => 1_000).next,
    send: (parcel) => sent.push({ rows: parcel.lines.map((line) => JSON.parse(line) as Row), acknowledge: () => keep(parcel) }),
  });
  return { journal, sent };
}

describe('words on gaps', () => {
  it('are known until the store has them, each by the newest', () => {
    const { journal, sent } = rig();
    journal.note([gap(10), gap(20)]);
    journal.flush();
    journal.note([gap(10, { state: 'closed', closedAt: 5 })]);
    expect(journal.words.map(({ first, state }) => [first, state])).toEqual([
      [10, 'closed'],
      [20, 'open'],
    ]);
    // The older batch is kept: it says nothing on the word that came after it.
    sent[0]!.acknowledge();
    expect(journal.words.map(({ first }) => first)).toEqual([10]);
    journal.flush();
    sent[1]!.acknowledge();
    expect(journal.words).toEqual([]);
  });

  it('have rising versions, also in one microsecond', () => {
    const { journal, sent } = rig();
    journal.note([gap(10)]);
    journal.flush();
    sent[0]!.acknowledge();
    journal.note([gap(10, { last: null })]);
    journal.note([]);
    journal.flush();
    expect(sent.flatMap(({ rows }) => rows.map(({ version, last_id }) => [Number(version), last_id]))).toEqual([
      [1_000, '14'],
      [1_001, null],
    ]);
  });
});

describe('a feed that loses and finds trades all the time', () => {
  it('takes one place in the queue of the store: its words are gathered, the newest of each gap', () => {
    const { journal, sent } = rig();
    for (let at = 0; at < 1_000; at++) {
      journal.note([gap(at * 10)]);
      if (at % 2 === 0) journal.note([gap(at * 10, { state: 'closed', closedAt: 5 })]);
      if (at % 25 === 0) journal.flush();
    }
    expect(sent).toHaveLength(1);
    expect(journal.words).toHaveLength(1_000);
    sent[0]!.acknowledge();
    journal.flush();
    expect(sent.map(({ rows }) => rows.length)).toEqual([1, 999]);
    expect(sent[1]!.rows.filter(({ state }) => state === 'closed')).toHaveLength(499);
    sent[1]!.acknowledge();
    expect(journal.words).toEqual([]);
    journal.flush();
    expect(sent).toHaveLength(2);
  });

  it('is written down to its last word at a stop, whatever is still on its way', () => {
    const { journal, sent } = rig();
    journal.note([gap(10)]);
    journal.flush();
    for (let at = 0; at < 15_000; at++) journal.note([gap(20 + at)]);
    journal.close();
    expect(sent.map(({ rows }) => rows.length)).toEqual([1, 10_000, 5_000]);
    journal.note([gap(10, { state: 'closed', closedAt: 5 })]);
    expect(sent[3]!.rows).toMatchObject([{ first_id: '10', state: 'closed' }]);
  });

  it('takes bounded memory while the store is away: gaps that are over need not be listed', () => {
    const { journal } = rig({ wordsMax: 100 });
    for (let at = 0; at < 1_000; at++) {
      journal.note([gap(at * 10)]);
      journal.note([gap(at * 10, { state: 'closed', closedAt: 5 })]);
    }
    journal.note([gap(10_000)]);
    expect(journal.words).toHaveLength(100);
    expect(journal.words.at(-1)).toMatchObject({ first: 10_000, state: 'open' });
  });
});

describe('gaps from memory and store', () => {
  const ask = (rest: Partial<GapQuery> = {}): GapQuery => ({ states: ['open', 'unrepairable'], limit: 10, ...rest });
  const reader = (words: Gap[], stored: Gap[]) => {
    const store = new ArrayGaps(stored);
    return new GapReader(
      () => words,
      (query) => store.gaps(query),
    );
  };

  it('say what the daemon knows now, though the store is behind', async () => {
    const stored = [gap(10), gap(20), gap(30, { state: 'closed' })];
    const words = [gap(10, { state: 'closed', closedAt: 9 }), gap(30, { last: null }), gap(40, { exchange: 'kraken' })];
    const gaps = reader(words, stored);
    expect((await gaps.gaps(ask())).map(({ first }) => first)).toEqual([20, 30, 40]);
    expect((await gaps.gaps(ask({ exchange: 'kraken' }))).map(({ first }) => first)).toEqual([40]);
    expect((await gaps.gaps(ask({ states: ['closed'] }))).map(({ first, closedAt }) => [first, closedAt])).toEqual([[10, 9]]);
  });

  it('are the newest words on all gaps, page by page', async () => {
    const word = fc.record({ first: fc.nat(30), symbol: fc.constantFrom('A-B', 'C-D'), state: fc.constantFrom(...GAP_STATES) });
    const list = fc.uniqueArray(word, { selector: ({ first, symbol }) => `${symbol} ${first}`, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(list, list, fc.subarray([...GAP_STATES]), fc.integer({ min: 1, max: 5 }), async (held, kept, states, limit) => {
        const [words, stored] = [held, kept].map((each) => each.map(({ first, ...rest }) => gap(first, rest))) as [Gap[], Gap[]];
        const gaps = reader(words, stored);
        const found: Gap[] = [];
        for (let page = await gaps.gaps(ask({ states, limit })); page.length > 0;) {
          found.push(...page);
          page = await gaps.gaps(ask({ states, limit, after: page.at(-1)! }));
        }
        const newest = new Map([...stored, ...words].map((each) => [`${each.symbol} ${each.first}`, each]));
        expect(found).toEqual([...newest.values()].filter(({ state }) => states.includes(state)).sort(compareGaps));
      }),
    );
  });
});
