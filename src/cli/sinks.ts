import type { Command } from 'commander';
import type { SinkJson } from '../codec/json/sink-json.js';
import { addListCommand } from './support/daemon-list.js';

/** `serac sinks`: status of the sinks of a running daemon. */
export function sinksCommand(program: Command): void {
  addListCommand(program, {
    name: 'sinks',
    inTable: sinkRow,
    empty: 'The daemon has no sink.',
    fields: [
      ...(['name', 'state', 'ok', 'rows', 'batches', 'queued_batches', 'queued_bytes', 'fill', 'oldest_unacknowledged_ms'] as const),
      ...(['retries', 'refusals', 'made', 'kept', 'last_error', 'detail'] as const),
    ],
    // Most important first.
    tableFields: [
      ...(['name', 'state', 'ok', 'rows', 'queued_batches', 'oldest_unacknowledged_ms'] as const),
      ...(['fill', 'retries', 'refusals', 'kept', 'last_error', 'batches', 'made', 'queued_bytes'] as const),
    ],
  });
}

/** A sink as a row of a table, its groups of numbers as columns or as short texts. */
export function sinkRow({ queued, made, kept, last_error: error, ...sink }: SinkJson) {
  return {
    ...sink,
    queued_batches: queued.batches,
    queued_bytes: queued.bytes,
    fill: Number(queued.fill.toFixed(3)),
    made: counts(made),
    kept: counts(kept),
    last_error: error && `${error.at} ${error.reason}`,
  };
}

/** Those that are not 0. */
function counts(of: Readonly<Record<string, number>>): string {
  return Object.entries(of)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
