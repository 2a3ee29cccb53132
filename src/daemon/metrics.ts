import type { Registry } from 'prom-client';
import type { FeedStatus, SinkStatus } from '../domain/ports/status.js';
import type { RecorderCounters } from '../recording/recorder/recorder-counters.js';
import type { VenueRecording } from '../recording/venue-recording.js';
import type { ClockPart } from './clock-part.js';
import type { PoolPart } from './pool-part.js';
import type { PressurePart } from './pressure-part.js';
import { addReading } from './registry.js';

/** What of a daemon is read. */
export interface DaemonReadings {
  readonly venues: readonly VenueRecording[];
  readonly pool: PoolPart;
  readonly pressure: PressurePart;
  readonly clock: ClockPart;
  readonly keptRows: { readonly refused: number };
  readonly droppedEvents: number;
  feeds(): FeedStatus[];
  sinks(): SinkStatus[];
}

const COUNTERS: readonly (readonly [keyof RecorderCounters, string, string])[] = [
  ['decoded', 'serac_trades_decoded_total', 'Trades received, duplicates included.'],
  ['repeated', 'serac_trades_repeated_total', 'Duplicates dropped before the store.'],
  ['accepted', 'serac_trades_accepted_total', 'Trades accepted, without duplicates.'],
  ['acknowledged', 'serac_trades_acknowledged_total', 'Trades acknowledged by the store.'],
  ['spooled', 'serac_trades_spooled_total', 'Trades that were put on disk because the store was away.'],
  ['refused', 'serac_trades_refused_total', 'Trades refused by the store; their ids are listed as gaps.'],
  ['candlesRefused', 'serac_candles_refused_total', 'Candles refused by the store; their windows are recomputed once.'],
  ['zeroQuantity', 'serac_zero_quantity_frames_total', 'Frames with quantity zero, which are not trades.'],
  ['ignoredFrames', 'serac_ignored_frames_total', 'Frames that were neither trades nor control.'],
  ['candles', 'serac_candles_total', 'Final and revised candles.'],
  ['candleOverflows', 'serac_candle_overflows_total', 'Candles whose numbers do not fit their columns.'],
  ['refolds', 'serac_refolded_windows_total', 'Windows recomputed from the store.'],
  ['rejectsDropped', 'serac_rejects_dropped_total', 'Rejects that were counted but not stored, because there were too many.'],
];

/** All metrics of the daemon, read at each scrape. */
export function addDaemonReadings(registry: Registry, daemon: DaemonReadings): void {
  for (const [member, name, help] of COUNTERS) {
    addReading(registry, {
      ...{ name, help, kind: 'counter', labels: ['exchange'] },
      read: () => daemon.venues.map((venue) => [{ exchange: venue.venue.name }, Number(venue.recorder?.counters[member] ?? 0)]),
    });
  }
  addReading(registry, {
    ...{
      name: 'serac_frames_lost_total',
      help: "Frames lost, or received out of order or unreadable, by the venue's sequence numbers.",
      kind: 'counter',
      labels: ['exchange'],
    },
    read: () => daemon.venues.map(({ venue, frameLosses }) => [{ exchange: venue.name }, frameLosses.count]),
  });
  addReading(registry, {
    ...{
      name: 'serac_connections_lost_total',
      help: 'Lost connections and failed attempts to connect, by cause.',
      kind: 'counter',
      labels: ['exchange', 'cause'],
    },
    read: () =>
      daemon.venues.flatMap(({ venue, connections }) =>
        [...connections.lost].map(([cause, count]) => [{ exchange: venue.name, cause }, count] as const),
      ),
  });
  addReading(registry, {
    ...{
      name: 'serac_raw_frames_dropped_total',
      help: 'Raw frames that were not kept for lack of space; their trades are recorded.',
      kind: 'counter',
      labels: ['exchange'],
    },
    read: () => daemon.venues.map(({ venue, rawFramesDropped }) => [{ exchange: venue.name }, rawFramesDropped]),
  });
  addReading(registry, {
    ...{
      name: 'serac_rejects_total',
      help: 'Rejects: frames and trades that were received but not accepted, by reason.',
      kind: 'counter',
      labels: ['exchange', 'reason'],
    },
    read: () =>
      daemon.venues.flatMap(({ venue, recorder }) =>
        [...(recorder?.counters.rejects ?? [])].map(([reason, count]) => [{ exchange: venue.name, reason }, count] as const),
      ),
  });
  addReading(registry, {
    ...{
      name: 'serac_rest_failures_total',
      help: "Unusable responses of a venue's REST API, by what was wrong with them.",
      kind: 'counter',
      labels: ['exchange', 'reason'],
    },
    read: () =>
      daemon.venues.flatMap(({ venue, restFailures }) =>
        [...restFailures].map(([reason, count]) => [{ exchange: venue.name, reason }, count] as const),
      ),
  });
  addReading(registry, {
    ...{ name: 'serac_feeds', help: 'Feeds by state.', kind: 'gauge', labels: ['exchange', 'region', 'state'] },
    read: () => {
      const counts = new Map<string, number>();
      for (const feed of daemon.feeds()) {
        for (const region of ['connection', 'continuity', 'degradation'] as const) {
          const key = [feed.exchange, region, feed[region]].join('|');
          counts.set(key, (counts.get(key) ?? 0) + 1);
        }
      }
      return [...counts].map(([key, count]) => {
        const [exchange = '', region = '', state = ''] = key.split('|');
        return [{ exchange, region, state }, count] as const;
      });
    },
  });
  addReading(registry, {
    ...{
      name: 'serac_pool_blocks_total',
      help: 'Large blocks of frames: decoded by threads, handed back undecoded, or lost with a thread and sent again.',
      kind: 'counter',
      labels: ['outcome'],
    },
    read: () => {
      const { pooled, handedBack, failed } = daemon.pool.counters;
      return [
        [{ outcome: 'pooled' }, pooled],
        [{ outcome: 'handed_back' }, handedBack],
        [{ outcome: 'failed' }, failed],
      ];
    },
  });
  addReading(registry, {
    ...{ name: 'serac_pool_blocks_waiting', help: 'Blocks of frames waiting for a decoding thread.', kind: 'gauge', labels: ['exchange'] },
    read: () => daemon.venues.map(({ venue, recorder }) => [{ exchange: venue.name }, recorder?.waitingBlocks ?? 0]),
  });
  addPressureReadings(registry, daemon);
  addReading(registry, {
    ...{ name: 'serac_wall_clock_ahead_seconds', help: "By how much the wall clock is ahead of the daemon's clock, which follows it." },
    ...{ kind: 'gauge', labels: [], read: () => [[{}, daemon.clock.wallAheadMs / 1_000]] },
  });
  addReading(registry, {
    ...{
      name: 'serac_clock_ahead_seconds',
      help: "By how much the daemon's clock is ahead of the exchange's, from the frames of the last ten minutes with the least delay.",
      kind: 'gauge',
      labels: ['exchange'],
    },
    read: () =>
      daemon.venues.flatMap(({ venue, aheadMs }) => (aheadMs === null ? [] : [[{ exchange: venue.name }, aheadMs / 1_000] as const])),
  });
  addSinkReadings(registry, daemon);
  const counters = [
    ['serac_refused_rows_total', 'Rows refused by the store; they are kept in files.', () => daemon.keptRows.refused],
    [
      'serac_dropped_events_total',
      'Transitions of state machines that were not stored, because there were too many.',
      () => daemon.droppedEvents,
    ],
  ] as const;
  for (const [name, help, value] of counters)
    addReading(registry, { name, help, kind: 'counter', labels: [], read: () => [[{}, value()]] });
  addReading(registry, {
    ...{ name: 'serac_windows_in_memory', help: 'Candle windows in memory.', kind: 'gauge', labels: ['exchange'] },
    read: () =>
      daemon.venues.map(({ venue, recorder }) => [
        { exchange: venue.name },
        recorder === null ? 0 : recorder.state.all().reduce((sum, { book }) => sum + book.size, 0),
      ]),
  });
}

const SINK_READINGS: readonly (readonly ['counter' | 'gauge', string, string, (sink: SinkStatus) => number])[] = [
  ['gauge', 'serac_sink_bytes_queued', 'Bytes waiting for the sink.', ({ queued }) => queued.bytes],
  ['gauge', 'serac_sink_batches_queued', 'Batches waiting for the sink.', ({ queued }) => queued.batches],
  ['gauge', 'serac_sink_fill', 'Fill of the queue of the sink, 0 to 1: sockets are paused when it is full.', ({ queued }) => queued.fill],
  [
    ...(['gauge', 'serac_sink_oldest_unacknowledged_seconds'] as const),
    ...(['Age of the oldest unacknowledged batch.', (sink: SinkStatus) => sink.oldestUnacknowledgedMs / 1_000] as const),
  ],
  ['counter', 'serac_sink_batches_total', 'Batches acknowledged by the sink.', ({ batches }) => batches],
  ['counter', 'serac_sink_rows_total', 'Rows acknowledged by the sink.', ({ rows }) => rows],
  ['counter', 'serac_sink_retries_total', 'Retried writes.', ({ retries }) => retries],
];

/** Metrics of sinks: what waits, what was acknowledged, and why batches were made. */
function addSinkReadings(registry: Registry, daemon: DaemonReadings): void {
  for (const [kind, name, help, value] of SINK_READINGS) {
    addReading(registry, {
      name,
      help,
      kind,
      labels: ['sink'],
      read: () => daemon.sinks().map((sink) => [{ sink: sink.name }, value(sink)]),
    });
  }
  addReading(registry, {
    name: 'serac_sink_batches_made_total',
    help: 'Batches made for the sink, by trigger: so many rows, so many bytes, or the age of the rows.',
    kind: 'counter',
    labels: ['sink', 'trigger'],
    read: () =>
      daemon.sinks().flatMap(({ name, made }) => Object.entries(made).map(([trigger, count]) => [{ sink: name, trigger }, count] as const)),
  });
}

/** Metrics of pressure: level, last samples, and what was shed. */
function addPressureReadings(registry: Registry, daemon: DaemonReadings): void {
  addReading(registry, {
    ...{ name: 'serac_pressure_level', help: 'Pressure level, 0 (none) to 4.', kind: 'gauge', labels: [] },
    read: () => [[{}, daemon.pressure.level]],
  });
  addReading(registry, {
    ...{ name: 'serac_pressure_signal', help: 'Last sample of each pressure signal, in its own unit.', kind: 'gauge', labels: ['signal'] },
    read: () => Object.entries(daemon.pressure.lastSample ?? {}).map(([signal, value]) => [{ signal }, value as number]),
  });
  addReading(registry, {
    name: 'serac_pressure_changes_total',
    help: 'Changes of the pressure level, by the signal that caused them.',
    kind: 'counter',
    labels: ['from', 'to', 'cause'],
    read: () => daemon.pressure.changes(),
  });
  addReading(registry, {
    ...{ name: 'serac_sheds_total', help: 'Number of times a market was shed, by cause.', kind: 'counter', labels: ['exchange', 'cause'] },
    read: () =>
      daemon.venues.flatMap(({ venue, sheds }) =>
        Object.entries(sheds.counts).map(([cause, count]) => [{ exchange: venue.name, cause }, count] as const),
      ),
  });
  addReading(registry, {
    ...{ name: 'serac_owed_ranges', help: 'Ranges of shed ids without an end yet.', kind: 'gauge', labels: ['exchange'] },
    read: () => daemon.venues.map((part) => [{ exchange: part.venue.name }, part.sheds.ranges().length]),
  });
}
