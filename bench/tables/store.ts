import { encodeTrades } from '../../src/codec/arrow-tables.js';
import { batchOf, jsonBatch } from '../../src/sinks/encode-batch.js';
import { formatDecimal, SCALE } from '../../src/domain/decimal.js';
import type { Batch } from '../../src/domain/ports/sink.js';
import { SIDE, type TradeBlock } from '../../src/domain/trade-block.js';
import { ClickHouseSink } from '../../src/sinks/clickhouse-sink.js';
import type { BenchTable, Contender, Run } from '../harness/contender.js';
import { settle } from '../harness/measure.js';
import { processCpuMs } from '../harness/process-cpu.js';
import { openBenchStore, type BenchStore } from '../inputs/bench-store.js';
import { decodedBlocks } from '../inputs/decoded-blocks.js';
import { jsonRows } from '../naive/json-rows.js';
import { rowBinary } from '../naive/row-binary.js';

const ROWS = 524_288;
const JSON_ROWS = 65_536;
const ROWS_PER_BATCH = [16_384, 65_536, 262_144];
const SYMBOLS = 4;

/** Writes under way at a time, as a daemon has them. */
const IN_FLIGHT = 2;

const [NAIVE, BINARY] = ['JSONEachRow, 65,536 rows', 'RowBinary, 65,536 rows'];

/** What tells wrong rows from right ones. */
interface Digest {
  readonly rows: string;
  readonly volume: string;
  readonly newest: string;
  readonly bought: string;
}

const DIGEST = `
  SELECT toString(count()) AS rows, toString(sum(quantity)) AS volume, toString(toUnixTimestamp64Micro(max(event_time))) AS newest,
    toString(countIf(side = 'buy')) AS bought FROM trades_data`;

/** Encoded batches to acknowledged rows. */
export const storeTable: BenchTable = {
  name: 'store',
  title: 'Store: inserts into the embedded ClickHouse',
  about: [
    'Rows of trades_data, all columns, sent over loopback by the sink that the daemon uses, two inserts under way at a time, until the store has',
    'acknowledged them; count, volume, newest time and sides of what is stored have to be those of the rows sent. Bytes are made before. The CPU time is',
    'that of the store, with the merges that it did meanwhile, and of the sender.',
  ],
  unit: 'row',
  basis: 'wall',
  rounds: 5,
  warmups: 1,
  targets: [],
  async prepare() {
    const store = await openBenchStore();
    const blocks = decodedBlocks(ROWS, SYMBOLS);
    const json = blocks.slice(0, Math.ceil(JSON_ROWS / blocks[0]!.length));
    const lines = json.flatMap(jsonRows).slice(0, JSON_ROWS);
    return {
      contenders: [
        contender(NAIVE, store, blocks, [jsonBatch('trades_data', lines)]),
        { ...contender(BINARY, store, blocks, [binaryBatch(json)]), against: NAIVE },
        ...ROWS_PER_BATCH.map((rows) => ({
          ...contender(`serac, ArrowStream, ${rows.toLocaleString('en')} rows`, store, blocks, arrowBatches(blocks, rows)),
          against: [NAIVE, BINARY],
        })),
      ],
      close: () => store.close(),
    };
  },
};

/** No format of the sink's own, but it hands on what a batch names. */
function binaryBatch(blocks: readonly TradeBlock[]): Batch {
  const format: string = 'RowBinary';
  return { ...batchOf('trades_data', JSON_ROWS, rowBinary(blocks, JSON_ROWS)), format: format as Batch['format'] };
}

function arrowBatches(blocks: readonly TradeBlock[], rowsPerBatch: number): Batch[] {
  const batches: Batch[] = [];
  let part: TradeBlock[] = [];
  let rows = 0;
  for (const [index, block] of blocks.entries()) {
    part.push(block);
    rows += block.length;
    if (rows < rowsPerBatch && index < blocks.length - 1) continue;
    batches.push(batchOf('trades_data', rows, encodeTrades(part)));
    [part, rows] = [[], 0];
  }
  return batches;
}

function contender(name: string, { client, pid }: BenchStore, blocks: readonly TradeBlock[], batches: readonly Batch[]): Contender {
  const sink = new ClickHouseSink(client);
  const units = batches.reduce((sum, batch) => sum + batch.rows, 0);
  const expected = JSON.stringify(digestOf(blocks, units));
  let runs = 0;
  return {
    name,
    async run(): Promise<Run> {
      await client.command({ query: 'TRUNCATE TABLE trades_data' });
      await settle();
      // The same bytes once more are not a repeat here: each run has tokens of its own.
      runs += 1;
      const queue = batches.map((batch) => ({ ...batch, token: `${batch.token}-${runs}` }));
      const storeCpu = processCpuMs(pid);
      const cpu = process.cpuUsage();
      const began = performance.now();
      const writer = async (): Promise<void> => {
        for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) await sink.write(batch);
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, writer));
      const wallMs = performance.now() - began;
      const { user, system } = process.cpuUsage(cpu);
      const cpuMs = processCpuMs(pid) - storeCpu + (user + system) / 1_000;
      const result = await client.query({ query: DIGEST, format: 'JSONEachRow' });
      const [stored] = await result.json<Digest>();
      if (JSON.stringify(stored) !== expected) throw new Error(`${name}: ${JSON.stringify(stored)} is stored instead of ${expected}`);
      return { units, wallMs, cpuMs };
    },
  };
}

function digestOf(blocks: readonly TradeBlock[], rows: number): Digest {
  let [left, volume, newest, bought] = [rows, 0n, 0, 0];
  for (const block of blocks) {
    for (let row = 0; row < block.length && left > 0; row++, left--) {
      volume += block.quantity(row);
      newest = Math.max(newest, block.eventTime[row]!);
      if (block.side[row] === SIDE.buy) bought += 1;
    }
  }
  return { rows: String(rows), volume: formatDecimal(volume, SCALE), newest: String(newest), bought: String(bought) };
}
