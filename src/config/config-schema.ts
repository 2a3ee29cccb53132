import { Type, type Static, type TProperties, type TSchema } from 'typebox';
import type { Tier } from '../machines/feed/degradation.js';
import { PRESSURE_DEFAULTS, type PressureSignal } from '../machines/pressure/pressure-types.js';
import { SOCKET_DEFAULTS } from '../machines/socket/socket-types.js';

const text = (description: string, more: object = {}) => Type.String({ description, ...more });
const whole = (description: string, value: number, minimum: number, maximum: number) =>
  Type.Integer({ description, default: value, minimum, maximum });
const flag = (description: string, value: boolean) => Type.Boolean({ description, default: value });
const group = <P extends TProperties>(properties: P, description: string) =>
  Type.Object(properties, { description, additionalProperties: false, default: {} });

const above0 = (description: string, value: number) => Type.Number({ description, default: value, exclusiveMinimum: 0 });
/** By pressure level, the value of a signal above which it begins. */
const triggers = (description: string, signal: PressureSignal) => {
  const { soft, graceful, aggressive, circuitBreak } = PRESSURE_DEFAULTS.triggers[signal];
  return group(
    {
      soft: above0('Larger batches, fewer forming candles.', soft),
      graceful: above0('No raw frames, and no forming candles of tiers 2 and 3.', graceful),
      aggressive: above0('Tier 3 is not recorded.', aggressive),
      circuitBreak: above0('Tier 2 is not recorded either.', circuitBreak),
    },
    description,
  );
};

const TIER_DEFAULT: Tier = 2;
const market = text('EXCHANGE:SYMBOL, for example binance:BTC-USDT', { pattern: '^[a-z0-9]+:[A-Z0-9-]+$' });
const feed = Type.Object(
  {
    market,
    tier: Type.Unsafe<Tier>(whole('Priority tier, 1 to 3. Under pressure tier 3 is shed first.', TIER_DEFAULT, 1, 3)),
  },
  { additionalProperties: false },
);
const feedsOf = <T extends TSchema>(items: T, ofMarket: (market: string) => unknown) =>
  Type.Array(items, {
    description: 'Markets to record.',
    default: ['binance:BTC-USDT', 'binance:ETH-USDT'].map(ofMarket),
    minItems: 1,
    uniqueItems: true,
  });

/** The schema of serac.yaml. It gives the type, the validation, the defaults and docs/serac.schema.json. */
export const ConfigSchema = group(
  {
    feeds: feedsOf(Type.Union([market, feed]), (name) => name),
    data: text('Data folder: the embedded store, checkpoints and batches that wait for the store.', {
      default: './serac-data',
      minLength: 1,
    }),
    clickhouse: group(
      {
        url: Type.Optional(
          text('URL of a ClickHouse server, for example http://clickhouse:8123. Default: the embedded store.', { pattern: '^https?://' }),
        ),
        username: text('User of that server.', { default: 'default' }),
        passwordFile: Type.Optional(text('File with its password; or set SERAC_CLICKHOUSE_PASSWORD.')),
        database: text('Database of the tables.', { default: 'serac', pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }),
        fsyncAfterInsert: flag('Acknowledge a batch only once it would survive a power loss; slower.', false),
      },
      'Where rows are stored.',
    ),
    api: group(
      {
        host: text('Address to listen on. Any other than loopback requires API keys.', { default: '127.0.0.1' }),
        port: whole('Port to listen on; 0 picks a free one.', 8080, 0, 65_535),
        allowedHosts: Type.Array(Type.String(), { description: 'Host names, besides loopback, that clients may use.', default: [] }),
        keysFile: Type.Optional(text('File with one API key per line; or set SERAC_API_KEYS to a comma-separated list.')),
        requestsPerMinute: whole('Requests per minute per client address.', 6_000, 1, 10_000_000),
      },
      'HTTP interface.',
    ),
    recording: group(
      {
        allowedLatenessMs: whole(
          'Allowed lateness: how long after its end a candle that is not proven complete waits for late trades.',
          2_000,
          0,
          600_000,
        ),
        maxSkewMs: whole("A trade whose time differs from the venue's clock by more than this is rejected.", 60_000, 1_000, 86_400_000),
        batchRowsMax: whole('Rows per insert.', 262_144, 1, 1_048_576),
        batchAgeMs: whole('Longest time that a row waits for its batch to fill.', 250, 10, 60_000),
        queueMaxBytes: whole(
          'Bytes of rows in memory that may wait for the store: beyond it sockets are paused.',
          2 ** 28,
          65_536,
          2 ** 36,
        ),
        lateFlushMs: whole('Late trades of a window are collected for so long into one revision.', 1_000, 10, 600_000),
        formingEveryMs: whole('Shortest time between two updates of a forming candle.', 250, 10, 60_000),
        rawFrames: flag('Keep every raw frame for seven days in the table raw_frames.', false),
        pauseMaxMs: whole(
          'A connection paused for longer than this, because the store or the decoding threads are behind, is closed; its missed trades are backfilled.',
          SOCKET_DEFAULTS.pauseMaxMs,
          100,
          60_000,
        ),
        streamsPerSocket: whole('Markets per connection.', 100, 1, 1_024),
      },
      'How trades become rows.',
    ),
    spool: group(
      {
        maxBytes: whole('Bytes that may wait on disk while the store is away; 0: rows wait in memory alone.', 0, 0, 2 ** 50),
        keepFreeBytes: whole('Bytes of the disk that the spool leaves to others.', 2 ** 30, 0, 2 ** 50),
        fsync: Type.Union([Type.Literal('always'), Type.Literal('interval'), Type.Literal('never')], {
          description:
            'What of the spool survives a loss of power: all, all but the last 200 ms, or what the system has written by itself.',
          default: 'interval',
        }),
      },
      'Where rows wait while the store is away.',
    ),
    pool: group(
      {
        threads: Type.Optional(
          Type.Integer({
            description:
              'Decoding threads besides the main thread, started with the first large block. Default: cores minus two, at most four.',
            minimum: 0,
            maximum: 64,
          }),
        ),
        poolMinRows: whole('Smallest block, in frames, that is sent to a decoding thread.', 2_048, 1, 1_048_576),
      },
      'Decoding threads for high load.',
    ),
    pressure: group(
      {
        sampleEveryMs: whole('How often the signals are sampled.', 1_000, 100, 60_000),
        riseSamples: whole('Consecutive samples above a trigger that raise the level.', PRESSURE_DEFAULTS.riseSamples, 1, 60),
        fallBelowPart: Type.Number({
          description: "A level is left when every signal has been below this fraction of the level's trigger for fallAfterMs.",
          default: PRESSURE_DEFAULTS.fallBelowPart,
          exclusiveMinimum: 0,
          maximum: 1,
        }),
        fallAfterMs: whole(
          'How long every signal must stay low before a level is left; the wait restarts at each level on the way down.',
          PRESSURE_DEFAULTS.fallAfterMs,
          0,
          3_600_000,
        ),
        triggers: group(
          {
            eventLoopDelayP99Ms: triggers('Event loop delay, 99th percentile.', 'eventLoopDelayP99Ms'),
            bufferFill: triggers('Fill of the buffer of batches in flight, 0 to 1.', 'bufferFill'),
            oldestUnacknowledgedMs: triggers('Age of the oldest unacknowledged batch.', 'oldestUnacknowledgedMs'),
            heapUsedFraction: triggers('Heap in use, as a fraction of its limit, 0 to 1.', 'heapUsedFraction'),
            spoolBytes: triggers('Bytes on disk that wait for a sink.', 'spoolBytes'),
          },
          'Value above which each level begins, by signal; one signal is enough.',
        ),
      },
      'Load shedding: when it starts and what is shed first.',
    ),
    venues: Type.Record(
      Type.String({ pattern: '^[a-z0-9]+$' }),
      Type.Object(
        {
          ws: Type.Optional(
            Type.Array(Type.String({ pattern: '^wss?://' }), { minItems: 1, description: 'Hosts instead of the public ones.' }),
          ),
          rest: Type.Optional(
            Type.Array(Type.String({ pattern: '^https?://' }), {
              minItems: 1,
              description: 'Hosts instead of the public ones; if one fails or refuses, the next is used.',
            }),
          ),
          proxy: Type.Optional(
            text('HTTP proxy (CONNECT) for all connections to the venue, for example http://proxy:3128.', { pattern: '^https?://' }),
          ),
          apiKeyFile: Type.Optional(text("File with an API key, sent only to the venue's REST hosts.")),
          apiKeyHeader: Type.Optional(text('Header that carries the key; for binance X-MBX-APIKEY.', { pattern: '^[A-Za-z0-9-]+$' })),
        },
        { additionalProperties: false },
      ),
      { description: 'How a venue is reached: other hosts (a simulator for example), a proxy, an API key for REST.', default: {} },
    ),
    log: group(
      {
        level: Type.Enum(['trace', 'debug', 'info', 'warn', 'error'], { description: 'Lowest level logged.', default: 'info' }),
      },
      'Logging, as JSON lines on standard error.',
    ),
  },
  'Configuration of Serac.',
);

/** The same after parsing. */
export const ReadSchema = group({ ...ConfigSchema.properties, feeds: feedsOf(feed, longForm) }, 'Configuration of Serac.');

export type Config = Static<typeof ReadSchema>;

/** A feed after parsing: with its tier. */
export function longForm(entry: unknown): unknown {
  return typeof entry === 'string' ? { market: entry, tier: TIER_DEFAULT } : entry;
}
