import { tableResult, type TableResult } from '../../../bench/harness/table-result.js';
import type { BenchTable, Run } from '../../../bench/harness/contender.js';

/** A run of so many ns a unit. */
const run = (ns: number): Run => ({ units: 1_000, wallMs: ns / 1_000, cpuMs: ns / 1_000 });

/** What a table says whose contender `serac` was so many times as fast as others, round by round. */
export function result(
  name: string,
  basis: 'cpu' | 'wall',
  ratios: Readonly<Record<string, readonly number[]>>,
  targets: BenchTable['targets'] = [],
): TableResult {
  const rounds = 3;
  const others = Object.keys(ratios);
  const runs = new Map([
    ['serac', Array.from({ length: rounds }, () => run(100))],
    ...Object.entries(ratios).map(([other, values]) => [other, values.map((ratio) => run(100 * ratio))] as const),
  ]);
  const contenders = [...runs.keys()].map((contender) => ({
    ...{ name: contender, run: () => run(0) },
    ...(contender === 'serac' ? { against: others } : {}),
  }));
  const table: BenchTable = {
    name,
    title: name,
    about: [],
    unit: 'trade',
    basis,
    rounds,
    warmups: 0,
    targets,
    prepare: () => ({ contenders }),
  };
  return tableResult(table, { contenders }, runs);
}
