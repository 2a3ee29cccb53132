import { move, transferableSymbol, valueSymbol } from 'piscina';
import { decodeBlock } from './decode-block.js';
import type { DecodeResult, DecodeTask } from './task.js';

/** Task of a pool thread: decodes a block, and transfers the columns without copying. */
export default function decodeTask(task: DecodeTask): DecodeResult {
  const result = decodeBlock(task);
  if (result === null) return null;
  const { runs, seconds, sums } = result.prefolded;
  const views = [...Object.values(result.trades), runs, seconds, sums].filter((column) => ArrayBuffer.isView(column));
  // Columns share memory, which can be transferred once.
  const memory = new Set(views.map(({ buffer }) => buffer));
  // Piscina removes the wrapper.
  return move({ [transferableSymbol]: [...memory], [valueSymbol]: result }) as unknown as DecodeResult;
}
