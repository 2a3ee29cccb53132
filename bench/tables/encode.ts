import { encodeTrades } from '../../src/codec/arrow-tables.js';
import { BufferPool } from '../../src/domain/memory.js';
import type { TradeBlock } from '../../src/domain/trade-block.js';
import { decodedBlocks } from '../inputs/decoded-blocks.js';
import { jsonRows } from '../naive/json-rows.js';
import type { BenchTable } from '../harness/contender.js';
import { measure } from '../harness/measure.js';

const ROWS = 262_144;
const ROWS_PER_BATCH = 65_536;
const JSON_ROWS = 16_384;
const SYMBOLS = 4;
const SPARE_MAX_BYTES = 32 * 1_048_576;

/** Columns to the bytes that are stored, on one core. */
export const encodeTable: BenchTable = {
  name: 'encode',
  title: 'Encode: columns to bytes',
  about: [
    'Trade blocks to one Arrow IPC stream of 65,536 rows with all columns of trades_data, in memory that is used again. The naive way: an object',
    'per row, JSON.stringify, a line each.',
  ],
  unit: 'row',
  basis: 'cpu',
  rounds: 7,
  warmups: 1,
  targets: [],
  prepare() {
    const blocks = decodedBlocks(ROWS, SYMBOLS);
    const blocksPerBatch = (ROWS_PER_BATCH / ROWS) * blocks.length;
    const batches = Array.from({ length: ROWS / ROWS_PER_BATCH }, (_, batch) =>
      blocks.slice(Math.round(batch * blocksPerBatch), Math.round((batch + 1) * blocksPerBatch)),
    );
    const few = blocks.slice(0, JSON_ROWS / blocks[0]!.length);
    const fewRows = few.reduce((sum, block) => sum + block.length, 0);
    const [naive, serac] = ['JSON lines', 'serac, Arrow'];
    // Batches use the memory of earlier ones again, as in the daemon: new memory is paid to the kernel page by page.
    const memory = new BufferPool(SPARE_MAX_BYTES);
    const encode = (batch: readonly TradeBlock[]): void => {
      const bytes = encodeTrades(batch, (length) => new Uint8Array(memory.take(length), 0, length));
      memory.give(bytes.buffer);
    };
    return {
      contenders: [
        {
          name: naive,
          run: () =>
            measure(naive, fewRows, () =>
              few.map((block) =>
                Buffer.from(
                  jsonRows(block)
                    .map((row) => JSON.stringify(row))
                    .join('\n'),
                ),
              ),
            ),
        },
        { name: serac, against: naive, run: () => measure(serac, ROWS, () => batches.forEach(encode)) },
      ],
    };
  },
};
