import { Registry } from 'prom-client';
import { expect, it, onTestFinished } from 'vitest';
import { SimulatedClock } from 'xstate';
import { loadConfig } from '../../../src/config/load-config.js';
import type { Daemon } from '../../../src/daemon/daemon.js';
import { addDaemonReadings } from '../../../src/daemon/metrics.js';
import { nodeFiles } from '../../../src/daemon/node-files.js';
import { SinkPart } from '../../../src/daemon/sink-part.js';
import type { SlewedClock } from '../../../src/domain/clock.js';
import type { Batch } from '../../../src/domain/ports/sink.js';
import type { SinkStatus } from '../../../src/domain/ports/status.js';
import { SeracError } from '../../../src/errors.js';
import { rowsParcel } from '../../../src/sinks/parcel.js';
import { logged } from '../../support/core/logged.js';
import { temporaryFolder } from '../../support/store-process.js';
import { seeded } from '../machines/socket-rig.js';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The part of a daemon whose sink writes with a function. */
function open(write: (batch: Batch) => Promise<void>) {
  const clock = new SimulatedClock() as SimulatedClock & SlewedClock;
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const part = new SinkPart(
    loadConfig(null, {}),
    { clock, random: seeded(6), turn: settle, logger: logged().logger, files: nodeFiles, queue: { batchesMax: 4, bytesMax: 1_000_000 } },
    {
      folder: { dir: folder.path, store: { kind: 'embedded', database: 'serac' }, formerStore: undefined, forOtherStores: [] },
      onSpoolEmptied: () => undefined,
      unsent: () => [],
    },
  );
  part.lane.sink = { name: 'clickhouse', write, close: () => Promise.resolve() };
  const send = (...values: string[]): void =>
    part.lane.send(
      rowsParcel(
        'gaps',
        values.map((value) => ({ value })),
      ),
    );
  return { part, send, clock };
}

it('a sink says what it stored, what waits and since when, and how many rows are in files instead', async () => {
  const answers: (() => void)[] = [];
  const { part, send, clock } = open(async ({ bytes }) => {
    await new Promise<void>((resolve) => answers.push(resolve));
    if (Buffer.from(bytes).includes('bad')) throw new SeracError('store.refused', 'A row does not fit.');
  });
  send('a', 'b');
  clock.increment(2_000);
  expect(part.status).toEqual<SinkStatus>({
    ...{ name: 'clickhouse', state: 'accepting', ok: false, batches: 0, rows: 0, retries: 0, refusals: 0 },
    detail:
      'waiting for an answer of the store; no batch was stored for 2.0 s; 1 batches wait, the oldest for 2.0 s; 0 writes were retried',
    made: { rows: 0, bytes: 0, age: 1 },
    queued: { batches: 1, bytes: 26, fill: 0.25 },
    ...{ oldestUnacknowledgedMs: 2_000, lastError: null, kept: { unwritten: 0, refused: 0, setAside: 0 } },
  });
  answers.shift()!();
  await settle();
  send('bad');
  await settle();
  answers.shift()!();
  await settle();
  expect(part.status).toMatchObject({
    ...{ ok: true, batches: 1, rows: 2, refusals: 1, made: { rows: 0, bytes: 0, age: 2 }, queued: { batches: 0, bytes: 0, fill: 0 } },
    lastError: { reason: 'A row does not fit.', at: 2_000_000 },
    kept: { unwritten: 0, refused: 1, setAside: 0 },
  });
  send('late', 'later', 'last');
  const stopping = part.stop(1_000);
  clock.increment(1_001);
  await stopping;
  expect(part.status).toMatchObject({ state: 'closed', ok: false, kept: { unwritten: 3 } });
});

it('the metrics of a sink carry its name', async () => {
  const answers: (() => void)[] = [];
  const { part, send } = open(() => new Promise((resolve) => answers.push(resolve)));
  const metrics = new Registry();
  addDaemonReadings(metrics, { venues: [], feeds: () => [], sinks: () => [part.status] } as unknown as Daemon);
  part.lane.batchRowsMax = 2;
  send('a', 'b');
  send('c');
  const shown = async (name: string): Promise<string[]> =>
    (await metrics.getSingleMetricAsString(name)).split('\n').filter((line) => !line.startsWith('#'));
  expect(await shown('serac_sink_batches_queued')).toEqual(['serac_sink_batches_queued{sink="clickhouse"} 2']);
  expect(await shown('serac_sink_fill')).toEqual(['serac_sink_fill{sink="clickhouse"} 0.5']);
  for (const answer of answers) answer();
  await settle();
  expect(await shown('serac_sink_rows_total')).toEqual(['serac_sink_rows_total{sink="clickhouse"} 3']);
  expect(await shown('serac_sink_batches_made_total')).toEqual([
    'serac_sink_batches_made_total{sink="clickhouse",trigger="rows"} 1',
    'serac_sink_batches_made_total{sink="clickhouse",trigger="bytes"} 0',
    'serac_sink_batches_made_total{sink="clickhouse",trigger="age"} 1',
  ]);
  const ofSinks = metrics.getMetricsAsArray() as unknown as { readonly name: string; readonly labelNames: readonly string[] }[];
  for (const { name, labelNames } of ofSinks.filter((each) => each.name.startsWith('serac_sink_')))
    expect(labelNames, name).toContain('sink');
});
