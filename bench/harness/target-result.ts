import type { BenchTable, Target } from './contender.js';
import type { ContenderResult } from './table-result.js';

export interface TargetResult {
  readonly text: string;
  /** Undefined where it was not measured, because one of its contenders did not take part. */
  readonly value?: number;
  readonly verdict: 'reached' | 'missed' | 'not measured';
}

/** Holds a table's figures against its targets. */
export function targetResults(table: BenchTable, results: readonly ContenderResult[]): TargetResult[] {
  return table.targets.map((target) => {
    const result = results.find(({ name }) => name === target.contender);
    const value = result === undefined ? NaN : valueOf(table, target, result);
    const text = `${table.name}: ${wanted(table, target, result)}`;
    if (Number.isNaN(value)) return { text, verdict: 'not measured' };
    const reached = 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
    return { text, value: Number(value.toPrecision(4)), verdict: reached ? 'reached' : 'missed' };
  });
}

function valueOf({ basis }: BenchTable, target: Target, result: ContenderResult): number {
  if (target.figure === 'perSecond') return 1e9 / (basis === 'cpu' ? result.cpuNsPerUnit : result.wallNsPerUnit).median;
  if (target.figure !== 'ratio') return result.details[target.figure.detail] ?? NaN;
  const { against } = target;
  return result.ratios.find((ratio) => against === undefined || ratio.against === against)?.median ?? NaN;
}

function wanted({ unit, basis }: BenchTable, target: Target, result: ContenderResult | undefined): string {
  const { contender, figure } = target;
  const bound = 'atLeast' in target ? `>= ${target.atLeast.toLocaleString('en')}` : `<= ${target.atMost.toLocaleString('en')}`;
  if (figure === 'perSecond') return `${contender} ${bound} ${unit}s/s${basis === 'cpu' ? ' of one core' : ''}`;
  if (figure !== 'ratio') return `${contender}, ${figure.detail} ${bound}`;
  return `${contender} ${bound}x ${target.against ?? result?.ratios[0]?.against ?? 'what it is compared with'}`;
}
