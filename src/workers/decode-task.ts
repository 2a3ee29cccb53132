import { move, transferableSymbol, valueSymbol } from 'piscina';
import { decodeBlock } from './decode-block.js';
import type { DecodeResult, DecodeTask } from './task.js';

/** What a thread of the pool runs: decodes a block, and hands the columns over without copying them. */
export default function decodeTask(task: DecodeTask): DecodeResult {
  const result = decodeBlock(task);
  if (result === null) return null;
  const { runs, seconds, sums } = result.prefolded;
  const views = [...Object.values(result.trades), runs, seconds, sums].filter((column) => ArrayBuffer.isView(column));
  // Columns share memory, and memory is handed over once.
  const memory = new Set(views.map(({ buffer }) => buffer));
  // Piscina takes the value out on the way.
  return move({ [transferableSymbol]: [...memory], [valueSymbol]: result }) as unknown as DecodeResult;
}
