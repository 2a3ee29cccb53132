import type { BenchTable, Contender, Run } from './contender.js';
import { spreadOf, type Spread } from './spread.js';
import { targetResults, type TargetResult } from './target-result.js';

/** How many times the work of another contender is done, by the table's basis: median of the ratios within each round. */
export interface Ratio extends Spread {
  readonly against: string;
  /** That of the best round of the one to the best of the other: what is least touched by the machine's other work. */
  readonly ofBest: number;
}

/** One contender's line. */
export interface ContenderResult {
  readonly name: string;
  readonly unitsPerRun: number;
  readonly runs: number;
  /** By wall time. */
  readonly unitsPerSecond: Spread;
  readonly wallNsPerUnit: Spread;
  readonly cpuNsPerUnit: Spread;
  readonly ratios: readonly Ratio[];
  /** Medians. */
  readonly details: Readonly<Record<string, number>>;
}

export interface TableResult {
  readonly name: string;
  readonly title: string;
  readonly about: readonly string[];
  /** Who could not take part, and what disturbed the rest. */
  readonly notes: readonly string[];
  readonly unit: string;
  readonly basis: 'cpu' | 'wall';
  readonly rounds: number;
  readonly contenders: readonly ContenderResult[];
  readonly targets: readonly TargetResult[];
}

/** Works out a table's figures from its runs, those of one round standing at one place. */
export function tableResult(
  table: BenchTable,
  { contenders, notes = [] }: { readonly contenders: readonly Contender[]; readonly notes?: readonly string[] },
  runs: ReadonlyMap<string, readonly Run[]>,
): TableResult {
  const { name, title, about, unit, basis, rounds } = table;
  const results = contenders.map((contender) => contenderResult(contender, basis, runs));
  return { name, title, about, notes, unit, basis, rounds, contenders: results, targets: targetResults(table, results) };
}

function contenderResult(
  { name, against = [] }: Contender,
  basis: 'cpu' | 'wall',
  runs: ReadonlyMap<string, readonly Run[]>,
): ContenderResult {
  const own = runs.get(name)!;
  const costs = own.map((run) => cost(run, basis));
  const ratios = [against].flat().flatMap((other): Ratio[] => {
    const others = runs.get(other);
    if (others === undefined) return [];
    const otherCosts = others.map((run) => cost(run, basis));
    const spread = spreadOf(otherCosts.map((otherCost, round) => otherCost / costs[round]!));
    return [{ against: other, ...spread, ofBest: Math.min(...otherCosts) / Math.min(...costs) }];
  });
  return {
    name,
    unitsPerRun: own[0]!.units,
    runs: own.length,
    unitsPerSecond: spreadOf(own.map((run) => (run.units / run.wallMs) * 1_000)),
    wallNsPerUnit: spreadOf(own.map((run) => cost(run, 'wall'))),
    cpuNsPerUnit: spreadOf(own.map((run) => cost(run, 'cpu'))),
    ratios,
    details: details(own),
  };
}

function details(runs: readonly Run[]): Record<string, number> {
  const names = Object.keys(runs[0]?.details ?? {});
  return Object.fromEntries(names.map((name) => [name, spreadOf(runs.map((run) => run.details?.[name] ?? NaN)).median]));
}

/** ns for each unit. */
function cost(run: Run, basis: 'cpu' | 'wall'): number {
  return ((basis === 'cpu' ? run.cpuMs : run.wallMs) * 1e6) / run.units;
}
