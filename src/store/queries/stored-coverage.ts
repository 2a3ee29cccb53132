import type { ClickHouseClient } from '@clickhouse/client';
import type { TradeMark } from '../../domain/audit.js';
import { IdIntervals, type IdRange } from '../../domain/id-intervals.js';
import type { TimeRange } from '../../domain/ports/reader.js';
import type { FeedId } from '../../domain/symbol.js';
import { SeracError } from '../../errors.js';
import { rangeOf, select, type TextRange } from './select.js';

/** Most runs of contiguous ids per result: each is held in memory. */
const RUNS_MAX = 200_000;
const BLOCK_IDS = 65_536;

interface MarkText {
  readonly id: string;
  readonly time: string;
}

/** What a checkpoint says of a market's ids. */
export interface NotedIds {
  readonly covered: readonly IdRange[];
  readonly empty: readonly IdRange[];
  readonly rejected: readonly IdRange[];
}

/** Which ids of a market are stored, read from the trades themselves. */
export class StoredCoverage {
  /** @param signal cancels all queries of this object */
  constructor(
    private readonly client: ClickHouseClient,
    private readonly signal?: AbortSignal,
  ) {}

  /** The newest stored trade before a range, and the oldest at or after its end; null if there is none. */
  async marks(market: FeedId, { from, to }: TimeRange): Promise<{ readonly before: TradeMark | null; readonly after: TradeMark | null }> {
    return {
      before: await this.#mark(market, from, "event_time < fromUnixTimestamp64Micro({time:Int64}, 'UTC')", 'DESC'),
      after: await this.#mark(market, to, "event_time >= fromUnixTimestamp64Micro({time:Int64}, 'UTC')", 'ASC'),
    };
  }

  async #mark({ exchange, symbol }: FeedId, time: number, condition: string, order: 'ASC' | 'DESC'): Promise<TradeMark | null> {
    const [row] = await select<MarkText>(
      this.client,
      `SELECT toString(trade_id) AS id, toString(toUnixTimestamp64Micro(event_time)) AS time FROM trades_data
       WHERE exchange = {exchange:String} AND symbol = {symbol:String} AND ${condition}
       ORDER BY exchange, symbol, trade_id ${order} LIMIT 1`,
      { exchange, symbol, time },
      this.signal,
    );
    return row === undefined ? null : { id: Number(row.id), eventTime: Number(row.time) };
  }

  /** Ids that are stored, from one id to another, however many holes are between them. */
  async allIds(market: FeedId, first: number, last: number): Promise<IdIntervals> {
    try {
      return await this.ids(market, first, last);
    } catch (error) {
      // Too many holes for one answer.
      if (!(error instanceof SeracError && error.code === 'input.invalid') || first === last) throw error;
      const middle = Math.floor((first + last) / 2);
      const lower = await this.allIds(market, first, middle);
      lower.addAll((await this.allIds(market, middle + 1, last)).ranges());
      return lower;
    }
  }

  /**
   * Stored ids of a range.
   * @throws SeracError `input.invalid` if it has too many holes
   */
  async ids({ exchange, symbol }: FeedId, first: number, last: number): Promise<IdIntervals> {
    const ids = new IdIntervals();
    if (first > last) return ids;
    const parameters = { exchange, symbol, first, last, length: BLOCK_IDS };
    const blocks = await select<{ block: string; ids: string }>(this.client, BLOCKS, parameters, this.signal);
    const torn: number[] = [];
    for (const { block, ids: count } of blocks) {
      if (Number(count) < BLOCK_IDS) torn.push(Number(block));
      else ids.addRange(Number(block) * BLOCK_IDS, Number(block) * BLOCK_IDS + BLOCK_IDS - 1);
    }
    const asked = { ...parameters, torn, limit: RUNS_MAX + 1 };
    const runs = await select<{ first: string; last: string }>(this.client, RUNS, asked, this.signal);
    if (runs.length > RUNS_MAX)
      throw new SeracError('input.invalid', `The range has more than ${RUNS_MAX} holes between its ids: use a shorter range.`);
    for (const run of runs) ids.addRange(Number(run.first), Number(run.last));
    return ids;
  }

  /** What the last checkpoint says: ids that were stored, ids that hold no trade, and of those the rejected ones. */
  async noted({ exchange, symbol }: FeedId): Promise<NotedIds> {
    const [row] = await select<{ covered: TextRange[]; empty: TextRange[]; rejected: TextRange[] }>(
      this.client,
      `SELECT covered, empty, rejected FROM checkpoints WHERE exchange = {exchange:String} AND symbol = {symbol:String}
       ORDER BY saved_at DESC LIMIT 1`,
      { exchange, symbol },
      this.signal,
    );
    const { covered = [], empty = [], rejected = [] } = row ?? {};
    return { covered: covered.map(rangeOf), empty: empty.map(rangeOf), rejected: rejected.map(rangeOf) };
  }
}

const STORED = `
  FROM trades_data
  WHERE exchange = {exchange:String} AND symbol = {symbol:String} AND trade_id >= {first:UInt64} AND trade_id <= {last:UInt64}`;

/** How many ids of each block are stored, a bit for each: most blocks are whole, and need no second look. */
const BLOCKS = `
  SELECT toString(intDiv(trade_id, {length:UInt64})) AS block, toString(groupBitmap(toUInt16(trade_id % {length:UInt64}))) AS ids ${STORED}
  GROUP BY intDiv(trade_id, {length:UInt64}) ORDER BY intDiv(trade_id, {length:UInt64})`;

/** Runs of contiguous ids in the incomplete blocks: within one, id and row number rise together. */
const RUNS = `
  SELECT toString(min(trade_id)) AS first, toString(max(trade_id)) AS last
  FROM (
    SELECT trade_id, trade_id - row_number() OVER (ORDER BY trade_id) AS run
    FROM (SELECT trade_id ${STORED} AND intDiv(trade_id, {length:UInt64}) IN {torn:Array(UInt64)} GROUP BY trade_id)
  )
  GROUP BY run ORDER BY min(trade_id) LIMIT {limit:UInt32}`;
