import { get } from 'node:http';
import { connect, type Socket } from 'node:net';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { processMemory } from '../support/integration/process-memory.js';
import { RecordingDaemon, writeConfig } from '../support/integration/recording-daemon.js';
import { seeded } from '../support/integration/seed.js';
import { endAll } from '../support/integration/serac.js';
import { SimulatedVenue } from '../support/integration/simulated-venue.js';
import { askStore, Stored } from '../support/integration/stored.js';
import { judge } from '../support/integration/truth.js';

const RATE = 5_000;
const READY_MAX_MS = 30_000;
const WARM_UP_MS = 4_000;
const LOAD_MS = 6_000;
const STEP_MAX_MS = 20_000;
/** Read before the stop. */
const PAGES = 10;
const SILENT_CLIENTS = 300;
const PAGERS = 100;
/** A quarter of a second on a machine of its own. */
const PROBE_MAX_MS = 1_000;
/** One that is busy with other things shows it in probes before the load, too: so many times the slowest of them is let pass beside. */
const CALM_FACTOR = 5;
/** Where probes take longer without any load, the machine may be too busy for the last inserts to be in time: they are stored at the next start. */
const CALM_MAX_MS = 200;
const UNACKNOWLEDGED_MAX_S = 2;
const DRAIN_MAX_MS = 4_500;
const LONG_PAGE = '/v1/trades?market=binance:BTC-USDT&limit=10000';
const SHORT_PAGE = '/v1/trades?market=binance:ETH-USDT&limit=1000&format=csv';
/** Minutes of work for the store, if it is let. */
const LONG_QUERY = 'SELECT sum(cityHash64(a.number, b.number)) FROM numbers(10000000) a CROSS JOIN numbers(10000000) b FORMAT TSV';

let folder: Folder;
const sockets: Socket[] = [];

beforeEach(() => {
  folder = temporaryFolder();
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await endAll();
  folder.remove();
});

it(`at ${RATE} trades a second ${SILENT_CLIENTS} clients that read nothing keep nothing waiting, and a stop among ${PAGERS} pagers is in time`, async () => {
  const random = seeded('heavy-readers');
  const venue = await SimulatedVenue.start(random.seed, RATE, ['--steady']);
  const daemon = new RecordingDaemon(folder.at('data'), writeConfig(folder, venue));
  await daemon.ready(READY_MAX_MS);
  const calm = await watch(daemon.address, WARM_UP_MS);

  const { port } = new URL(daemon.address);
  for (let client = 0; client < SILENT_CLIENTS; client++) ask(Number(port), LONG_PAGE);
  const loaded = await watch(daemon.address, LOAD_MS);
  const refused = await daemon.metric('serac_api_reads_refused_total');
  const memory = processMemory(daemon.process.pid);

  const paging = { over: false, pages: 0 };
  const pagers = Array.from({ length: PAGERS }, () => page(daemon.address, paging));
  await expect.poll(() => paging.pages, { timeout: STEP_MAX_MS, message: 'pages' }).toBeGreaterThan(PAGES);
  const longQuery = askStore(daemon.dataDir, LONG_QUERY).then(
    () => 'answered',
    () => 'ended',
  );
  await sleep(200);
  await venue.pause();
  const stoppedAt = performance.now();
  const { code, stderr } = await daemon.stop();
  const stopMs = performance.now() - stoppedAt;
  paging.over = true;
  await Promise.all(pagers);

  process.stdout.write(
    `heavy-readers: calm: readiness ${spread(calm.ready)}, metrics ${spread(calm.metrics)}, oldest batch ${calm.unacknowledgedS.toFixed(2)} s; ` +
      `loaded: readiness ${spread(loaded.ready)}, metrics ${spread(loaded.metrics)}, oldest batch ${loaded.unacknowledgedS.toFixed(2)} s, ` +
      `${refused} reads refused, ${Math.round(memory.mostMb)} MB at the most; ${paging.pages} pages, then ended with ${String(code)} after ${Math.round(stopMs)} ms\n`,
  );
  const slowest = (of: Watched): number => Math.max(...of.ready, ...of.metrics);
  if (slowest(calm) < CALM_MAX_MS) expect(code, stderr).toBe(0);
  expect(stopMs).toBeLessThan(DRAIN_MAX_MS + 500);
  expect(await longQuery).toBe('ended');
  expect([...loaded.statuses]).toEqual([200]);
  expect(slowest(loaded)).toBeLessThan(PROBE_MAX_MS + CALM_FACTOR * slowest(calm));
  expect(loaded.unacknowledgedS).toBeLessThan(UNACKNOWLEDGED_MAX_S + CALM_FACTOR * calm.unacknowledgedS);
  expect(refused).toBeGreaterThan(SILENT_CLIENTS / 2);
  expect(memory.mostMb).toBeLessThan(600);

  if (code !== 0) {
    const next = new RecordingDaemon(daemon.dataDir, folder.at('serac.yaml'));
    await next.ready(READY_MAX_MS);
    await next.stop();
  }
  const stored = await Stored.open(daemon.dataDir);
  try {
    expect(await judge(stored, venue)).toMatchObject({ different: [], missing: [], owed: [], falselyComplete: [], misjudged: [] });
  } finally {
    await stored.close();
  }
});

interface Watched {
  readonly ready: number[];
  readonly metrics: number[];
  readonly statuses: Set<number>;
  /** Age of the oldest batch without an acknowledgement, the most that was seen. */
  unacknowledgedS: number;
}

/** Asks for a time how the daemon does. */
async function watch(address: string, forMs: number): Promise<Watched> {
  const watched: Watched = { ready: [], metrics: [], statuses: new Set(), unacknowledgedS: 0 };
  const until = performance.now() + forMs;
  while (performance.now() < until) {
    const ready = await probe(`${address}/health/ready`);
    const metrics = await probe(`${address}/metrics`);
    watched.ready.push(ready.ms);
    watched.metrics.push(metrics.ms);
    watched.statuses.add(ready.status).add(metrics.status);
    const age = /^serac_sink_oldest_unacknowledged_seconds\{sink="clickhouse"\} (\S+)$/m.exec(metrics.body)?.[1];
    watched.unacknowledgedS = Math.max(watched.unacknowledgedS, Number(age));
    await sleep(20);
  }
  return watched;
}

/** Asks, and never reads the answer. */
function ask(port: number, path: string): void {
  const socket = connect(port, '127.0.0.1').pause();
  socket.on('error', () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  sockets.push(socket);
}

interface Answer {
  readonly status: number;
  readonly ms: number;
  readonly body: string;
  readonly next: string | undefined;
  readonly retryAfterS: number;
}

/** On a connection of its own, as a probe asks. */
function probe(url: string): Promise<Answer> {
  const askedAt = performance.now();
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      const { headers } = response;
      const next = headers['serac-next-cursor'] as string | undefined;
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('error', reject).on('end', () => {
        const retryAfterS = Number(headers['retry-after'] ?? 0);
        resolve({ status: response.statusCode!, ms: performance.now() - askedAt, body, next, retryAfterS });
      });
    }).on('error', reject);
  });
}

/** Goes back through the trades page by page, and comes later where it is asked to. */
async function page(address: string, paging: { over: boolean; pages: number }): Promise<void> {
  let next: string | undefined;
  while (!paging.over) {
    try {
      const answer: Answer = await probe(`${address}${SHORT_PAGE}${next === undefined ? '' : `&cursor=${next}`}`);
      if (answer.status === 200) paging.pages += 1;
      else await sleep(answer.retryAfterS * 200);
      next = answer.next;
    } catch {
      // The daemon has ended.
      return;
    }
  }
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!);
  return `${at(0.5)} ms (p99 ${at(0.99)}, most ${at(1)})`;
}
