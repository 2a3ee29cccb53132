import type { BenchTable, Contender, Run, Target } from './contender.js';
import { spreadOf, type Spread } from './spread.js';

/** One contender's line. */
export interface ContenderResult {
  readonly name: string;
  readonly unitsPerRun: number;
  readonly runs: number;
  /** By wall time. */
  readonly unitsPerSecond: Spread;
  readonly wallNsPerUnit: Spread;
  readonly cpuNsPerUnit: Spread;
  /** How many times the work of the contender `against` it does, by the table's basis: median of the ratios within each round. */
  readonly ratio?: { readonly against: string } & Spread;
  readonly details: Readonly<Record<string, number>>;
}

interface TargetResult {
  readonly text: string;
  readonly value: number;
  readonly reached: boolean;
}

export interface TableResult {
  readonly name: string;
  readonly title: string;
  readonly about: readonly string[];
  readonly unit: string;
  readonly basis: 'cpu' | 'wall';
  readonly rounds: number;
  readonly contenders: readonly ContenderResult[];
  readonly targets: readonly TargetResult[];
}

/** Works out a table's figures from its runs, those of one round standing at one place. */
export function tableResult(table: BenchTable, contenders: readonly Contender[], runs: ReadonlyMap<string, readonly Run[]>): TableResult {
  const { name, title, about, unit, basis, rounds } = table;
  const results = contenders.map((contender) => contenderResult(contender, basis, runs));
  const targets = table.targets
    .filter((target) => results.some((result) => result.name === target.contender))
    .map((target) =>
      targetResult(
        table,
        target,
        results.find((result) => result.name === target.contender)!,
      ),
    );
  return { name, title, about, unit, basis, rounds, contenders: results, targets };
}

function contenderResult(contender: Contender, basis: 'cpu' | 'wall', runs: ReadonlyMap<string, readonly Run[]>): ContenderResult {
  const { name, against } = contender;
  const own = runs.get(name)!;
  const costs = own.map((run) => cost(run, basis));
  const result: ContenderResult = {
    name,
    unitsPerRun: own[0]!.units,
    runs: own.length,
    unitsPerSecond: spreadOf(own.map((run) => (run.units / run.wallMs) * 1_000)),
    wallNsPerUnit: spreadOf(own.map((run) => cost(run, 'wall'))),
    cpuNsPerUnit: spreadOf(own.map((run) => cost(run, 'cpu'))),
    details: details(own),
  };
  if (against === undefined) return result;
  const ratios = runs.get(against)!.map((run, round) => cost(run, basis) / costs[round]!);
  return { ...result, ratio: { against, ...spreadOf(ratios) } };
}

function details(runs: readonly Run[]): Record<string, number> {
  const names = Object.keys(runs[0]?.details ?? {});
  return Object.fromEntries(names.map((name) => [name, spreadOf(runs.map((run) => run.details?.[name] ?? NaN)).median]));
}

function targetResult(table: BenchTable, target: Target, result: ContenderResult): TargetResult {
  const { contender, figure, atLeast } = target;
  const perSecond = 1e9 / (table.basis === 'cpu' ? result.cpuNsPerUnit : result.wallNsPerUnit).median;
  const value = figure === 'ratio' ? (result.ratio?.median ?? 0) : perSecond;
  const wanted =
    figure === 'ratio'
      ? `${atLeast}x ${result.ratio?.against ?? '?'}`
      : `${atLeast.toLocaleString('en')} ${table.unit}s/s${onOneCore(table)}`;
  return { text: `${table.name}: ${contender} >= ${wanted}`, value: Number(value.toPrecision(4)), reached: value >= atLeast };
}

const onOneCore = ({ basis }: BenchTable): string => (basis === 'cpu' ? ' of one core' : '');

/** ns for each unit. */
function cost(run: Run, basis: 'cpu' | 'wall'): number {
  return ((basis === 'cpu' ? run.cpuMs : run.wallMs) * 1e6) / run.units;
}
