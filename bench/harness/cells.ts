import type { ContenderResult, TableResult } from './table-result.js';
import type { Spread } from './spread.js';

/** Head and lines of a table of figures, as text; the terminal and the page draw the same. */
export function cells({ unit, contenders }: TableResult): { readonly head: string[]; readonly lines: string[][] } {
  const withDetails = contenders.some(({ details }) => Object.keys(details).length > 0);
  const head = ['way', `${unit}s/s`, `ns/${unit}`, `CPU ns/${unit}`, 'times the naive way', ...(withDetails ? ['of that'] : [])];
  const lines = contenders.map((contender) => [
    contender.name,
    Math.round(contender.unitsPerSecond.median).toLocaleString('en'),
    spread(contender.wallNsPerUnit),
    spread(contender.cpuNsPerUnit),
    contender.ratio === undefined ? '' : spread(contender.ratio),
    ...(withDetails ? [details(contender)] : []),
  ]);
  return { head, lines };
}

function spread({ median, min, max }: Spread): string {
  return `${short(median)} (${short(min)}..${short(max)})`;
}

function details({ details: values }: ContenderResult): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${short(value)}`)
    .join(', ');
}

function short(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}
