import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { FrameBlock } from '../domain/frame-block.js';
import { IdIntervals } from '../domain/id-intervals.js';
import { eachRun } from '../domain/id-runs.js';
import { splitLines } from '../domain/split-lines.js';
import { asError, SeracError } from '../errors.js';
import { venueNamed } from '../exchanges/registry.js';
import { RECORDER_DEFAULTS } from '../recording/recorder/recorder-ports.js';
import { recorderPorts } from '../recording/recorder/recorder-ports.js';
import { VenueRecorder } from '../recording/recorder/venue-recorder.js';
import { verifyCandles } from '../recording/recorder/verify-candles.js';
import { ClickHouseSink } from '../sinks/clickhouse-sink.js';
import { openOutlet } from '../sinks/direct-outlet.js';
import { captureBytes, readCapture } from '../sources/files/capture-file.js';
import type { StoredCounts } from '../store/queries/audit-store.js';
import { AuditStore } from '../store/queries/audit-store.js';
import { ClickHouseFoldStore } from '../store/queries/fold-store.js';
import { decodeThreads } from '../workers/decode-threads.js';
import { POOL_MIN_ROWS, FramePool } from '../workers/frame-pool.js';
import { spareCores } from '../workers/spare-cores.js';
import { write, writeJson } from './support/answer.js';
import { assertNoDemo } from './support/demo-record.js';
import { examples } from './support/examples.js';
import { listReplayedGaps } from './support/list-replayed-gaps.js';
import { openData } from './support/open-data.js';
import { openProgress } from './support/progress.js';
import { readWhole } from './support/read-flags.js';

interface ReplayFlags {
  readonly venue?: string;
  readonly data: string;
  readonly speed: string;
  readonly threads: string;
  readonly json?: true;
}

const THREADS_MAX = 64;
/** Rows accepted and not acknowledged at which reading waits. */
const PENDING_ROWS_MAX = 524_288;
/** Blocks that wait for threads at which reading does. */
const WAITING_BLOCKS_MAX = 16;
/** Windows to fold again at which reading waits until they are. */
const DIRTY_WINDOWS_MAX = 20_000;

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

interface Summary extends StoredCounts {
  readonly ok: boolean;
  readonly files: number;
  /** Different trades that could be read. */
  readonly trades: number;
  /** Trades stored by this replay: the others were there already. */
  readonly added: number;
  readonly repeated: number;
  readonly missing: number;
  readonly rejects: number;
  readonly rejectReasons: Record<string, number>;
  readonly gaps: number;
  readonly candles: number;
  readonly candleMismatches: number;
  readonly symbols: readonly string[];
  readonly seconds: number;
  readonly tradesPerSecond: number;
}

async function replay(files: readonly string[], flags: ReplayFlags): Promise<Summary> {
  if (flags.venue === undefined) throw new SeracError('usage', '--venue is missing: name the venue of the frames, for example binance.');
  const venue = venueNamed(flags.venue);
  const speed = readSpeed(flags.speed);
  const threads = readWhole('--threads', flags.threads, 0, THREADS_MAX);
  let totalBytes = 0;
  for (const file of files) totalBytes += await captureBytes(file);
  assertNoDemo(flags.data);
  const data = await openData(flags.data, 'make', 'replay');
  const pool = threads === 0 ? null : new FramePool(decodeThreads({ threads }), POOL_MIN_ROWS);
  try {
    const sink = new ClickHouseSink(() => data.client);
    const outlet = openOutlet(sink);
    const nowUs = () => Date.now() * 1_000;
    const failures: Error[] = [];
    const recorder = new VenueRecorder(
      venue,
      {
        ...recorderPorts(new ClickHouseFoldStore(data.client), outlet, nowUs, (error) => failures.push(asError(error))),
        ...(pool === null ? {} : { poolFor: (owner) => pool.for(owner) }),
      },
      RECORDER_DEFAULTS,
    );
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
    await recorder.start();
    await recorder.reconcile();

    const began = performance.now();
    const progress = openProgress(totalBytes, 'MB', 1_000_000);
    const badLines = { count: 0 };
    let flushedAt = began;
    let bytesBefore = 0;
    for (const [index, file] of files.entries()) {
      const blocks = readCapture(file, {
        connectionId: index + 1,
        origin: 'replay',
        onProgress: (bytes) => progress.update(bytesBefore + bytes),
        onBadLines: (count) => (badLines.count += count),
      });
      for await (const block of paced(blocks, speed)) {
        recorder.frames(block);
        if (outlet.failed !== undefined) throw outlet.failed;
        if (performance.now() - flushedAt >= RECORDER_DEFAULTS.batchAgeMs) {
          recorder.flush();
          flushedAt = performance.now();
        }
        if (recorder.dirtyWindows > DIRTY_WINDOWS_MAX) await catchUp(recorder);
        await recorder.decoded(WAITING_BLOCKS_MAX);
        if (recorder.pendingRows > PENDING_ROWS_MAX) await recorder.ready();
      }
      bytesBefore += await captureBytes(file);
    }
    // Of candles that a daemon beside this has yet to write, nobody but the daemon can say that they are written.
    await recorder.drain({ vouches: !data.joined });
    const seconds = (performance.now() - began) / 1_000;
    progress.stop();
    if (outlet.failed !== undefined) throw outlet.failed;
    if (failures[0] !== undefined) throw failures[0];

    const symbols = [...readable.keys()].map((code) => recorder.state.symbols.nameOf(code));
    await listReplayedGaps(recorder, symbols, { client: data.client, sink, nowUs });
    const store = new ClickHouseFoldStore(data.client);
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
      const verification = await verifyCandles(venue.name, symbol, { from: times.from, to: times.to + 1 }, store, audit);
      candles += verification.candles;
      candleMismatches += verification.wrong.length;
    }
    const rejectReasons = Object.fromEntries(recorder.counters.rejects);
    if (badLines.count > 0) rejectReasons['malformed_line'] = badLines.count;
    const rejects = Object.values(rejectReasons).reduce((sum, count) => sum + count, 0);
    // Where nothing could be read there is nothing to be well.
    const ok =
      trades > 0 &&
      counts.stored === trades &&
      counts.duplicates === 0 &&
      candleMismatches === 0 &&
      recorder.counters.candleOverflows === 0;
    return {
      ...{ ok, files: files.length, trades, added: recorder.counters.accepted, repeated: recorder.counters.repeated },
      ...{ missing: trades - counts.stored, ...counts, rejects, rejectReasons, gaps, candles, candleMismatches },
      symbols,
      seconds: Number(seconds.toFixed(3)),
      tradesPerSecond: Math.round(recorder.counters.decoded / seconds),
    };
  } finally {
    await pool?.close();
    await data.close();
  }
}

/** Lets what is pending be stored and folded again, so that windows to fold do not pile up. */
async function catchUp(recorder: VenueRecorder): Promise<void> {
  recorder.flush();
  await recorder.ready();
  await recorder.maintain();
}

/** Yields blocks at a multiple of the pace at which their frames were received. */
async function* paced(blocks: AsyncIterable<FrameBlock>, speed: number): AsyncGenerator<FrameBlock> {
  if (speed === Infinity) {
    yield* blocks;
    return;
  }
  let first: number | undefined;
  const began = performance.now();
  for await (const block of blocks) {
    splitLines(block);
    if (block.count === 0) continue;
    const receivedMs = Number(block.receiveTime[0]! / 1_000_000n);
    first ??= receivedMs;
    const due = (receivedMs - first) / speed;
    const wait = due - (performance.now() - began);
    if (wait > 1) await sleep(wait);
    yield block;
  }
}

function readSpeed(text: string): number {
  if (text === 'max') return Infinity;
  const speed = Number(text);
  if (!(speed > 0)) throw new SeracError('usage', `--speed "${text}": use max, or a number above 0 (1 is the original speed).`);
  return speed;
}

function describe(summary: Summary): string {
  const { trades, added, stored, missing, duplicates, gaps, rejects, candles, candleMismatches, seconds, tradesPerSecond, symbols } =
    summary;
  return [
    `${summary.ok ? 'OK' : 'FAILED'}: ${trades} trades of ${symbols.join(', ') || 'no market'}, ${added} new; ${stored} stored, ${missing} missing, ${duplicates} duplicates.`,
    `${gaps} gaps in the ids, ${rejects} rejects. ${candles} candles compared with a second fold, ${candleMismatches} differ.`,
    `${seconds} s, ${tradesPerSecond} trades/s.`,
    '',
  ].join('\n');
}
