import type { ContenderResult, Ratio, TableResult } from './table-result.js';
import type { Spread } from './spread.js';

/** From here on times are given in ms. */
const LONG_NS = 1e6;

/** Head and lines of a table of figures, as text; the terminal and the page draw the same. */
export function cells({ unit, contenders }: TableResult): { readonly head: string[]; readonly lines: string[][] } {
  const withRatios = contenders.some(({ ratios }) => ratios.length > 0);
  const withDetails = contenders.some(({ details }) => Object.keys(details).length > 0);
  const [time, ns] = contenders.every(({ wallNsPerUnit }) => wallNsPerUnit.median >= LONG_NS) ? ['ms', 1e6] : ['ns', 1];
  const head = [
    'way',
    `${unit}s/s`,
    `${time}/${unit}`,
    `CPU ${time}/${unit}`,
    ...(withRatios ? ['times the work of'] : []),
    ...(withDetails ? ['of that'] : []),
  ];
  const lines = contenders.map((contender) => [
    contender.name,
    short(contender.unitsPerSecond.median),
    spread(contender.wallNsPerUnit, ns),
    spread(contender.cpuNsPerUnit, ns),
    ...(withRatios ? [contender.ratios.map(ratioText).join('; ')] : []),
    ...(withDetails ? [details(contender)] : []),
  ]);
  return { head, lines };
}

function ratioText({ against, median, min, max }: Ratio): string {
  return `${short(median)}x ${against} (${short(min)}..${short(max)})`;
}

function spread({ median, min, max }: Spread, ns: number): string {
  return `${short(median / ns)} (${short(min / ns)}..${short(max / ns)})`;
}

function details({ details: values }: ContenderResult): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${short(value)}`)
    .join(', ');
}

function short(value: number): string {
  if (value === 0) return '0';
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}
