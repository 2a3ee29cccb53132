import { encodeCandles, encodeTrades } from '../../src/codec/arrow-tables.js';
import { batchOf } from '../../src/sinks/encode-batch.js';
import { ClickHouseSink } from '../../src/sinks/clickhouse-sink.js';
import { StoredReader } from '../../src/store/queries/stored-reader.js';
import type { BenchTable, Contender, Run } from '../harness/contender.js';
import { settle } from '../harness/measure.js';
import { processCpuMs } from '../harness/process-cpu.js';
import { asDecoded } from '../inputs/as-decoded.js';
import { openBenchStore, type BenchStore } from '../inputs/bench-store.js';
import { foldBlocks } from '../inputs/fold-blocks.js';
import { MarketDay } from '../inputs/market-day.js';
import { viewQuery } from '../naive/view-queries.js';

const ROWS = 2_000_000;
const ROWS_PER_INSERT = 262_144;
const CANDLES_PER_INSERT = 65_536;
/** What the writer inserts, and how often: 65,000 rows a second. */
const WRITER = { rows: 16_384, everyMs: 250 };
const QUERIES = 4;
const MINUTE_US = 60_000_000;
const CANDLES = 1_000;
const TRADES = 500;
/** Ranges begin at different minutes, so that no answer stands ready. */
const OFFSETS = 300;
const FAR_US = 4_102_444_800_000_000;

/** One question, and how many rows have to come. */
interface Question {
  readonly name: string;
  readonly rows: number;
  serac(reader: StoredReader, symbol: string, offset: number): Promise<readonly unknown[]>;
  /** Conditions over a view. */
  readonly view: 'candles' | 'trades';
  conditions(symbol: string, offset: number): string;
}

/** Answers while trades are being written. */
export const queriesTable: BenchTable = {
  name: 'queries',
  title: 'Queries under load',
  about: [
    `One client asks an embedded store that holds 2,000,000 trades of four markets over a day and their candles, while a writer inserts batches of`,
    `16,384 later trades four times a second. By the readers of the daemon's API (src/store/queries/stored-reader.ts), to rows with exact decimals. The`,
    'naive way: SELECT * from the views candles and trades, which are FINAL, JSONEachRow, JSON.parse. One question after the other; the CPU time has that of the inserts in it. The worst is that of four answers.',
  ],
  unit: 'answer',
  basis: 'wall',
  rounds: 5,
  warmups: 1,
  targets: [],
  async prepare() {
    const store = await openBenchStore();
    const day = new MarketDay();
    await fill(store, day);
    const { symbols } = day;
    return {
      contenders: questions(day.startUs).flatMap((question) => pair(question, store, day, symbols)),
      close: () => store.close(),
    };
  },
};

async function fill({ client }: BenchStore, day: MarketDay): Promise<void> {
  const sink = new ClickHouseSink(client);
  const blocks = day.next(ROWS);
  const perInsert = Math.floor(ROWS_PER_INSERT / blocks[0]!.length);
  for (let from = 0; from < blocks.length; from += perInsert) {
    const part = blocks.slice(from, from + perInsert);
    const rows = part.reduce((sum, block) => sum + block.length, 0);
    await sink.write(batchOf('trades_data', rows, encodeTrades(part)));
  }
  const candles = foldBlocks(blocks.map(asDecoded));
  for (let from = 0; from < candles.length; from += CANDLES_PER_INSERT) {
    const part = candles.slice(from, from + CANDLES_PER_INSERT);
    await sink.write(batchOf('candles_data', part.length, encodeCandles(part)));
  }
}

function questions(startUs: number): Question[] {
  const fromOf = (offset: number): number => Math.ceil(startUs / MINUTE_US) * MINUTE_US + offset * MINUTE_US;
  const market = (symbol: string): string => `exchange = 'binance' AND symbol = '${symbol}'`;
  return [
    {
      name: '1,000 candles of 1m',
      rows: CANDLES,
      serac: (reader, symbol, offset) => {
        const range = { from: fromOf(offset), to: fromOf(offset + CANDLES) };
        return reader.candles({ exchange: 'binance', symbol, interval: '1m', range, limit: CANDLES });
      },
      view: 'candles',
      conditions: (symbol, offset) => {
        const [from, to] = [fromOf(offset), fromOf(offset + CANDLES)].map((us) => us / 1_000_000);
        return `${market(symbol)} AND interval = '1m' AND open_time >= ${from} AND open_time < ${to} ORDER BY open_time`;
      },
    },
    {
      name: 'latest candle of 1m',
      rows: 1,
      serac: (reader, symbol) =>
        reader.candles({ exchange: 'binance', symbol, interval: '1m', range: { from: 0, to: FAR_US }, limit: 1, newest: true }),
      view: 'candles',
      conditions: (symbol) => `${market(symbol)} AND interval = '1m' ORDER BY open_time DESC LIMIT 1`,
    },
    {
      name: 'last 500 trades',
      rows: TRADES,
      serac: (reader, symbol) =>
        reader.trades({ exchange: 'binance', symbol, range: { from: 0, to: FAR_US }, limit: TRADES, newest: true }),
      view: 'trades',
      conditions: (symbol) => `${market(symbol)} ORDER BY event_time DESC, trade_id DESC LIMIT ${TRADES}`,
    },
  ];
}

function pair(question: Question, store: BenchStore, day: MarketDay, symbols: readonly string[]): Contender[] {
  const reader = new StoredReader(store.client);
  const ask = (name: string, count: number, answer: (symbol: string, offset: number) => Promise<readonly unknown[]>): Contender => ({
    name,
    run: () => underLoad(store, day, count, question.rows, (index) => answer(symbols[index % symbols.length]!, (index * 37) % OFFSETS)),
  });
  const naive = `view, ${question.name}`;
  return [
    ask(naive, QUERIES, (symbol, offset) => viewQuery(store.client, question.view, question.conditions(symbol, offset))),
    { ...ask(`serac, ${question.name}`, QUERIES, (symbol, offset) => question.serac(reader, symbol, offset)), against: naive },
  ];
}

async function underLoad(
  store: BenchStore,
  day: MarketDay,
  count: number,
  expected: number,
  answer: (index: number) => Promise<readonly unknown[]>,
): Promise<Run> {
  await settle();
  const writer = startWriter(store, day);
  try {
    const [storeCpu, cpu, began] = [processCpuMs(store.pid), process.cpuUsage(), performance.now()];
    const took: number[] = [];
    for (let index = 0; index < count; index++) {
      const asked = performance.now();
      const { length } = await answer(index);
      took.push(performance.now() - asked);
      if (length !== expected) throw new Error(`${length} rows instead of ${expected}`);
    }
    const wallMs = performance.now() - began;
    const { user, system } = process.cpuUsage(cpu);
    took.sort((a, b) => a - b);
    const at = (share: number): number => took[Math.ceil(share * took.length) - 1]!;
    const cpuMs = processCpuMs(store.pid) - storeCpu + (user + system) / 1_000;
    return { units: count, wallMs, cpuMs, details: { 'p50 ms': at(0.5), 'worst ms': at(1) } };
  } finally {
    await writer.stop();
  }
}

/** Inserts later trades at a steady pace until it is stopped. */
function startWriter({ client }: BenchStore, day: MarketDay): { stop(): Promise<void> } {
  const sink = new ClickHouseSink(client);
  const writes: Promise<void>[] = [];
  const write = (): void => {
    const blocks = day.next(WRITER.rows);
    const rows = blocks.reduce((sum, block) => sum + block.length, 0);
    writes.push(sink.write(batchOf('trades_data', rows, encodeTrades(blocks))));
  };
  const timer = setInterval(write, WRITER.everyMs);
  write();
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(writes);
    },
  };
}
