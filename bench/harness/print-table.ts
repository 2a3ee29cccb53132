import Table from 'cli-table3';
import { cells } from './cells.js';
import type { TableResult } from './table-result.js';

/** A table as a terminal shows it. */
export function printTable(result: TableResult): string {
  const { head, lines } = cells(result);
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...lines.map((line) => line.map((cell) => cell.replaceAll('; ', '\n'))));
  const targets = result.targets.map(({ text, value, verdict }) => {
    const word = verdict === 'missed' ? 'MISSED' : verdict;
    return `  ${word.padEnd('not measured'.length)}  ${text}${value === undefined ? '' : `: ${value.toLocaleString('en')}`}`;
  });
  return [
    `${result.title} (median of ${result.rounds} rounds, least..most; ratios by ${result.basis} time)`,
    table.toString(),
    ...result.notes.map((note) => `  ${note}`),
    ...targets,
    '',
  ].join('\n');
}
