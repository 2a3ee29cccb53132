import { type Completeness, INTERVALS } from '../../../src/domain/candle.js';
import { CANDLE_NUMBERS, type Stored } from './stored.js';
import { symbolOf, type SentCandle, type SimulatedVenue } from './simulated-venue.js';

/** What is stored, held against what the exchange knows. Empty lists: it is as it should be. */
export interface Verdict {
  readonly trades: number;
  readonly candles: number;
  /** Candles that are called complete or backfilled. */
  readonly proven: number;
  /** Stored trades that were not traded so. */
  readonly different: string[];
  /** Sent to somebody, and not stored. */
  readonly missing: string[];
  /** Traded between the first and the last trade that are stored, whether it was sent or not, and not stored. */
  readonly owed: string[];
  /** Windows of such trades without a stored candle. */
  readonly absent: string[];
  /** Called complete, and not what was traded. */
  readonly falselyComplete: string[];
  /** Final, and its completeness is not what the stored ids prove. */
  readonly misjudged: string[];
  /** Holes between stored ids that the table of gaps does not name as open. */
  readonly unnoted: string[];
}

/** Compares every stored trade and candle of a folder with the ledger of the exchange that it recorded. */
export async function judge(stored: Stored, venue: SimulatedVenue): Promise<Verdict> {
  const verdict = {
    ...{ trades: 0, candles: 0, proven: 0, different: [], missing: [], owed: [], absent: [] },
    ...{ falselyComplete: [], misjudged: [], unnoted: [] },
  } as { -readonly [K in keyof Verdict]: Verdict[K] };
  const { symbols } = await venue.summary();
  for (const venueSymbol of venue.symbols) {
    const symbol = symbolOf(venueSymbol);
    const trades = await stored.trades(symbol);
    verdict.trades += trades.size;
    const traded = new Map((await venue.trades(venueSymbol)).map(({ id, text }) => [id, text]));
    for (const [id, text] of trades) {
      if (traded.get(id) !== text) verdict.different.push(`${symbol} ${id}: ${text}, traded was ${traded.get(id) ?? 'nothing'}`);
    }
    for (const [first, last] of symbols.find((entry) => entry.symbol === venueSymbol)!.emitted_ids) {
      for (let id = first; id <= last; id++) if (traded.has(id) && !trades.has(id)) verdict.missing.push(`${symbol} ${id}`);
    }
    const ids = [...trades.keys()];
    const [firstId, lastId] = [ids[0] ?? Infinity, ids[ids.length - 1] ?? -Infinity];
    for (const id of traded.keys()) if (id >= firstId && id <= lastId && !trades.has(id)) verdict.owed.push(`${symbol} ${id}`);
    const proof = proofOf(ids, await stored.repairedIds(symbol));
    for (const interval of INTERVALS) {
      const sent = await venue.candles(venueSymbol, interval);
      const known = new Map(sent.map((candle) => [candle.open_time, numbersOf(candle)]));
      const own = await stored.candles(symbol, interval);
      const opens = new Set(own.map(({ open_ms }) => open_ms));
      for (const { open_time, first_trade_id, last_trade_id } of sent) {
        if (last_trade_id >= firstId && first_trade_id <= lastId && !opens.has(open_time))
          verdict.absent.push(`${symbol} ${interval} ${new Date(open_time).toISOString()}`);
      }
      for (const candle of own) {
        verdict.candles += 1;
        const name = `${symbol} ${interval} ${new Date(candle.open_ms).toISOString()} (${candle.state}, ${candle.completeness}, ids ${candle.first_id}..${candle.last_id})`;
        const isProven = candle.completeness === 'complete' || candle.completeness === 'backfilled';
        if (isProven) verdict.proven += 1;
        if (isProven && known.get(candle.open_ms) !== candle.numbers)
          verdict.falselyComplete.push(`${name}: ${candle.numbers}, traded was ${known.get(candle.open_ms) ?? 'nothing'}`);
        const proven = proof(candle.first_id, candle.last_id);
        if (candle.state === 'final' && candle.completeness !== proven) verdict.misjudged.push(`${name}: the ids prove ${proven}`);
      }
    }
    await noteGaps(stored, symbol, ids, verdict.unnoted);
  }
  return verdict;
}

/** What stored ids prove of a candle: the rule of completeness, written down a second time. */
function proofOf(ids: readonly number[], repaired: readonly number[]): (first: number, last: number) => Completeness {
  const runEnd = new Map<number, number>();
  const has = new Set(ids);
  for (let at = ids.length - 1; at >= 0; at--) runEnd.set(ids[at]!, runEnd.get(ids[at]! + 1) ?? ids[at]!);
  const newest = ids[ids.length - 1];
  return (first, last) => {
    const end = runEnd.get(first) ?? -1;
    if (end < last || !has.has(first - 1)) return 'gap';
    if (end === last) return newest === last ? 'unproven' : 'gap';
    return repaired.some((id) => id >= first && id <= last) ? 'backfilled' : 'complete';
  };
}

/** Each hole between stored ids is in the table of gaps, and nothing there is called missing that is stored. */
async function noteGaps(stored: Stored, symbol: string, ids: readonly number[], unnoted: string[]): Promise<void> {
  const rows = await stored.rows<{ first: string; last: string | null; state: string }>(
    `SELECT toString(first_id) AS first, toString(last_id) AS last, toString(state) AS state
     FROM gaps FINAL WHERE symbol = {symbol:String} AND state != 'closed' ORDER BY first_id`,
    { symbol },
  );
  const gaps = rows.map(({ first, last }) => ({ first: Number(first), last: last === null ? Infinity : Number(last) }));
  for (let at = 1; at < ids.length; at++) {
    const [first, last] = [ids[at - 1]! + 1, ids[at]! - 1];
    let covered = first - 1;
    for (const gap of gaps) if (gap.first <= covered + 1) covered = Math.max(covered, gap.last);
    if (first <= last && covered < last) unnoted.push(`${symbol} ${first}..${last} is missing and not noted`);
  }
  const has = new Set(ids);
  for (const { first, last } of gaps) {
    if (has.has(first) && has.has(last)) unnoted.push(`${symbol} ${first}..${last} is noted as missing and stored`);
  }
}

function numbersOf(candle: SentCandle): string {
  return CANDLE_NUMBERS.map((name) => candle[name]).join();
}
