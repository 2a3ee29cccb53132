import type { BenchTable, Run } from './contender.js';
import { watchStolenTime } from './stolen-time.js';
import { tableResult, type TableResult } from './table-result.js';

/** Runs a table's contenders one after the other, round by round: what disturbs a round disturbs all of them. */
export async function runTable(table: BenchTable, log: (line: string) => void): Promise<TableResult> {
  const prepared = await table.prepare();
  const { contenders, notes = [] } = prepared;
  try {
    const runs = new Map<string, Run[]>(contenders.map(({ name }) => [name, []]));
    const stolen = watchStolenTime();
    for (let round = -table.warmups; round < table.rounds; round++) {
      for (const contender of contenders) {
        const run = await contender.run();
        if (round >= 0) runs.get(contender.name)!.push(run);
      }
      log(round < 0 ? 'warm-up' : `round ${round + 1} of ${table.rounds}`);
    }
    return tableResult(table, { contenders, notes: [...notes, ...stolen()] }, runs);
  } finally {
    await prepared.close?.();
  }
}
