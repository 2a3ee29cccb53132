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
/** By level of pressure, the value of a signal above which it begins. */
const triggers = (description: string, signal: PressureSignal) => {
  const { soft, graceful, aggressive, circuitBreak } = PRESSURE_DEFAULTS.triggers[signal];
  return group(
    {
      soft: above0('Larger batches, fewer forming candles.', soft),
      graceful: above0('No raw frames; no forming candles of tiers 2 and 3.', graceful),
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
    tier: Type.Unsafe<Tier>(whole('How dear it is, from 1 to 3. Under pressure 3 is given up first.', TIER_DEFAULT, 1, 3)),
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

/** What serac.yaml may say. One schema gives the type, the validation, the defaults and docs/serac.schema.json. */
export const ConfigSchema = group(
  {
    feeds: feedsOf(Type.Union([market, feed]), (name) => name),
    data: text('Folder of the embedded store, of checkpoints and of what waits for the store.', { default: './serac-data', minLength: 1 }),
    clickhouse: group(
      {
        url: Type.Optional(
          text('A ClickHouse server, for example http://clickhouse:8123. Absent: the embedded store.', { pattern: '^https?://' }),
        ),
        username: text('User of that server.', { default: 'default' }),
        passwordFile: Type.Optional(text('File that holds its password; SERAC_CLICKHOUSE_PASSWORD may hold it instead.')),
        database: text('Database that the tables live in.', { default: 'serac', pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }),
        fsyncAfterInsert: flag('Acknowledge only what also survives a loss of power; slower.', false),
      },
      'Where rows are stored.',
    ),
    api: group(
      {
        host: text('Address to listen on. Any but loopback needs keys.', { default: '127.0.0.1' }),
        port: whole('Port to listen on; 0 picks a free one.', 8080, 0, 65_535),
        allowedHosts: Type.Array(Type.String(), { description: 'Host names, beside loopback, by which clients may call.', default: [] }),
        keysFile: Type.Optional(text('File with one API key a line; SERAC_API_KEYS may hold them, separated by commas, instead.')),
        requestsPerMinute: whole('Requests a minute and address.', 6_000, 1, 10_000_000),
      },
      'HTTP interface.',
    ),
    recording: group(
      {
        allowedLatenessMs: whole(
          'How long after its end a candle that cannot be proven complete waits for late trades.',
          2_000,
          0,
          600_000,
        ),
        maxSkewMs: whole("A time further than this from the venue's own is absurd.", 60_000, 1_000, 86_400_000),
        batchRowsMax: whole('Rows of one insert.', 262_144, 1, 1_048_576),
        batchAgeMs: whole('Longest wait before what has come is inserted.', 250, 10, 60_000),
        lateFlushMs: whole('Late trades of a window make one revision in this time.', 1_000, 10, 600_000),
        formingEveryMs: whole('A forming candle is shown at most this often.', 250, 10, 60_000),
        rawFrames: flag('Keep every frame as it came, for seven days, in the table raw_frames.', false),
        pauseMaxMs: whole(
          'A connection that is not read for so long, because the store or the threads are behind, is closed; what it misses is owed.',
          SOCKET_DEFAULTS.pauseMaxMs,
          100,
          60_000,
        ),
        streamsPerSocket: whole('Markets that share one connection.', 100, 1, 1_024),
      },
      'How trades become rows.',
    ),
    pool: group(
      {
        threads: Type.Optional(
          Type.Integer({
            description:
              'Threads that decode beside the main one, started when the first large block comes; left out: the cores less two, up to four.',
            minimum: 0,
            maximum: 64,
          }),
        ),
        poolMinRows: whole('Frames of a block from which on it goes to a thread.', 2_048, 1, 1_048_576),
      },
      'Threads for high load.',
    ),
    pressure: group(
      {
        sampleEveryMs: whole('How often the daemon looks how it does.', 1_000, 100, 60_000),
        riseSamples: whole('Samples in a row above a trigger that raise the level.', PRESSURE_DEFAULTS.riseSamples, 1, 60),
        fallBelowPart: Type.Number({
          description: "A level is left when every signal is below this part of the level's trigger.",
          default: PRESSURE_DEFAULTS.fallBelowPart,
          exclusiveMinimum: 0,
          maximum: 1,
        }),
        fallAfterMs: whole(
          'And has been for so long; each level on the way down takes it anew.',
          PRESSURE_DEFAULTS.fallAfterMs,
          0,
          3_600_000,
        ),
        triggers: group(
          {
            eventLoopDelayP99Ms: triggers('By how much the event loop is late, 99th percentile.', 'eventLoopDelayP99Ms'),
            bufferFill: triggers('How much of the room for waiting batches is taken, 0 to 1.', 'bufferFill'),
            oldestUnacknowledgedMs: triggers('Age of the oldest batch that is not acknowledged.', 'oldestUnacknowledgedMs'),
            heapUsedFraction: triggers("Part of the heap's limit in use, 0 to 1.", 'heapUsedFraction'),
            spoolBytes: triggers('Bytes on disk that wait for a sink.', 'spoolBytes'),
          },
          'Value above which each level begins, by signal; any one is enough.',
        ),
      },
      'What the daemon gives up, and when, while it cannot keep up.',
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
              description: 'Hosts instead of the public ones; the next one is asked where one fails or refuses.',
            }),
          ),
          proxy: Type.Optional(
            text('HTTP proxy (CONNECT) for all connections to the venue, for example http://proxy:3128.', { pattern: '^https?://' }),
          ),
          apiKeyFile: Type.Optional(text("File with an API key, sent to the venue's REST hosts alone.")),
          apiKeyHeader: Type.Optional(text('Header that the key is sent in; for binance X-MBX-APIKEY.', { pattern: '^[A-Za-z0-9-]+$' })),
        },
        { additionalProperties: false },
      ),
      { description: 'How a venue is reached: other hosts (a simulator for example), a proxy, an API key for REST.', default: {} },
    ),
    log: group(
      {
        level: Type.Enum(['trace', 'debug', 'info', 'warn', 'error'], { description: 'Least level logged.', default: 'info' }),
      },
      'Logging, as JSON lines on standard error.',
    ),
  },
  'Configuration of Serac.',
);

/** The same once read. */
export const ReadSchema = group({ ...ConfigSchema.properties, feeds: feedsOf(feed, longForm) }, 'Configuration of Serac.');

export type Config = Static<typeof ReadSchema>;

/** A feed as it is read: each has its tier. */
export function longForm(entry: unknown): unknown {
  return typeof entry === 'string' ? { market: entry, tier: TIER_DEFAULT } : entry;
}
