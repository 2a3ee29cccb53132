import process from 'node:process';
import type { Command } from 'commander';
import { nodeTime } from '../daemon/node-time.js';
import { eachRun, IdIntervals, type IdRange } from '../domain/id-intervals.js';
import { Stamps } from '../domain/stamps.js';
import { asError, SeracError } from '../errors.js';
import { venueNamed } from '../exchanges/registry.js';
import type { Venue } from '../exchanges/venue.js';
import { microseconds, openRecorder } from '../recording/open-recorder.js';
import { verifyCandles } from '../recording/recorder/verify-candles.js';
import { ClickHouseSink, COMMAND_WRITE_DEADLINE_MS } from '../sinks/clickhouse-sink.js';
import { CommandLane } from '../sinks/command-lane.js';
import { captureBytes } from '../sources/files/capture-file.js';
import { AuditStore } from '../store/queries/audit-store.js';
import { ClickHouseRecordingStore } from '../store/queries/recording-store.js';
import { decodeThreads } from '../workers/decode-threads.js';
import { POOL_MIN_ROWS, FramePool } from '../workers/frame-pool.js';
import { spareCores } from '../workers/spare-cores.js';
import { write, writeJson } from './support/answer.js';
import { assertNoDemo } from './support/demo-record.js';
import { listReplayedGaps } from './support/list-replayed-gaps.js';
import { oneEpoch, openData } from './support/open-data.js';
import { readCaptures, type CaptureToRead } from './support/read-captures.js';
import { examples, readWhole } from './support/read-flags.js';
import { describe, summarize, type ReplaySummary } from './support/replay-summary.js';
import { stopSignal } from './support/signals.js';

interface ReplayFlags {
  readonly venue?: string;
  readonly data: string;
  readonly speed: string;
  readonly threads: string;
  readonly json?: true;
}

const THREADS_MAX = 64;

/** `serac replay`: raw captures through the same pipeline as live frames. */
export function replayCommand(program: Command): void {
  program
    .command('replay')
    .summary('records captures as if they were live')
    .description('records captures (<receive_time_ns> <json> lines, gzip or plain) as if they were live')
    .argument('<file...>', 'capture files, in the order in which to read them')
    .option('--venue <venue>', 'venue of the frames, for example binance')
    .option('--data <dir>', 'data folder', './serac-data')
    .option('--speed <factor>', 'max, or a multiple of the original speed', 'max')
    .option('--threads <n>', 'number of additional decoding threads', String(spareCores()))
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples(['replay capture.gz --venue binance --data replay-data', 'records a capture into a folder of its own']))
    .action(async (files: string[], flags: ReplayFlags) => {
      const summary = await replay(files, flags);
      if (flags.json) await writeJson(summary);
      else await write(describe(summary));
      if (!summary.ok) process.exitCode = 1;
    });
}

async function replay(files: readonly string[], flags: ReplayFlags): Promise<ReplaySummary> {
  if (flags.venue === undefined) throw new SeracError('usage', '--venue is missing: name the venue of the frames, for example binance.');
  const venue = venueNamed(flags.venue);
  const speed = readSpeed(flags.speed);
  const threads = readWhole('--threads', flags.threads, 0, THREADS_MAX);
  const captures: CaptureToRead[] = [];
  for (const file of files) captures.push({ file, bytes: await captureBytes(file) });
  assertNoDemo(flags.data);
  const stop = stopSignal((name) => process.stderr.write(`serac: ${name}: storing what was read. A second signal ends at once.\n`));
  try {
    return await record(captures, venue, flags.data, { speed, threads, signal: stop.signal });
  } finally {
    stop.dispose();
  }
}

async function record(
  captures: readonly CaptureToRead[],
  venue: Venue,
  dataDir: string,
  { speed, threads, signal }: { readonly speed: number; readonly threads: number; readonly signal: AbortSignal },
): Promise<ReplaySummary> {
  const data = await openData(dataDir, 'make', 'replay');
  const pool = threads === 0 ? null : new FramePool(decodeThreads({ threads }), POOL_MIN_ROWS);
  try {
    const sink = new ClickHouseSink(data.client, oneEpoch(), COMMAND_WRITE_DEADLINE_MS);
    const world = nodeTime();
    const outlet = new CommandLane(sink, world);
    const failures: Error[] = [];
    const store = new ClickHouseRecordingStore(data.client);
    const stamps = new Stamps(() => microseconds(world.clock));
    await stamps.resume(store, venue.name);
    const recorder = openRecorder(world, venue, {
      ...{ outlet, store, stamps, report: (error) => failures.push(asError(error)) },
      ...(pool === null ? {} : { poolFor: (owner) => pool.for(owner) }),
    });
    const readable = new Map<number, IdIntervals>();
    const times = { from: Infinity, to: -Infinity };
    recorder.decoded$.subscribe(({ trades }) => {
      eachRun([trades], (code, first, last) => {
        let ids = readable.get(code);
        if (ids === undefined) readable.set(code, (ids = new IdIntervals()));
        ids.addRange(first, last);
      });
      for (let row = 0; row < trades.length; row++) {
        const time = trades.eventTime[row]!;
        if (time < times.from) times.from = time;
        if (time > times.to) times.to = time;
      }
    });
    // Rows may be gone that were stored: what the captures hold of them is taken again.
    const lost = await recorder.start(true);
    recorder.reconciliation.awaitReturn(lost);
    await recorder.reconciliation.run();

    const began = performance.now();
    const read = await readCaptures(captures, recorder, outlet, { speed, signal });
    recorder.flush();
    await recorder.ready();
    const stillLost = await recorder.reconciliation.endReturn(lost);
    // Only a daemon knows whether the candles that it has yet to write are written.
    await recorder.drain({ verifies: !data.joined });
    const seconds = (performance.now() - began) / 1_000;
    if (outlet.failed !== undefined) throw outlet.failed;
    if (failures[0] !== undefined) throw failures[0];

    const symbols = [...readable.keys()].map((code) => recorder.state.symbols.nameOf(code));
    await listReplayedGaps(recorder, symbols, { lost: stillLost, client: data.client, sink, stamps });
    const audit = new AuditStore(data.client);
    const counts = { stored: 0, duplicates: 0, redelivered: 0 };
    let trades = 0;
    let candles = 0;
    let candleMismatches = 0;
    let gaps = 0;
    for (const [code, ids] of readable) {
      const symbol = recorder.state.symbols.nameOf(code);
      trades += ids.count();
      gaps += recorder.state.of(code).coverage.seen.holes().length;
      const found = await audit.counts(venue.name, symbol, ids.ranges());
      counts.stored += found.stored;
      counts.duplicates += found.duplicates;
      counts.redelivered += found.redelivered;
      const verification = await verifyCandles(
        venue.name,
        symbol,
        { from: times.from, to: times.to + 1 },
        {
          ...{ store, audit, coverage: recorder.state.of(code).coverage },
        },
      );
      candles += verification.candles;
      candleMismatches += verification.wrong.length;
    }
    return summarize({
      ...{ venue: venue.name, files: captures.length, read, counters: recorder.counters, trades, counts, gaps, candles, candleMismatches },
      ...{ symbols, seconds, lost: countOf(stillLost) },
    });
  } finally {
    await pool?.close();
    await data.close();
  }
}

function countOf(lost: ReadonlyMap<string, readonly IdRange[]>): number {
  return [...lost.values()].flat().reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

function readSpeed(text: string): number {
  if (text === 'max') return Infinity;
  const speed = Number(text);
  if (!(speed > 0)) throw new SeracError('usage', `--speed "${text}": use max, or a number above 0 (1 is the original speed).`);
  return speed;
}
