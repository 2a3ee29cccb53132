import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { readCapture } from './binance/read-capture.js';
import type { FaultName } from './faults/fault-kinds.js';
import type { FaultPlan } from './faults/fault-plan.js';
import { FaultyCore } from './faults/faulty-core.js';
import type { Ledger } from './ledger/ledger.js';
import type { Market } from './market/market.js';
import type { ModelledSymbol } from './market/modelled-symbols.js';
import { RandomMarket } from './market/random-market.js';
import { ReplayMarket } from './market/replay-market.js';
import { ledgerRoutes } from './shell/ledger-routes.js';
import { MarketLoop } from './shell/market-loop.js';
import { SocketServer } from './shell/socket-server.js';
import { countOne, Traffic } from './shell/traffic.js';
import type { VenueCore } from './venue-core.js';
import { defaultSymbolsOf, newVenueCore, type VenueLimits } from './venues.js';

export type SimulatorOptions = CommonOptions &
  { readonly [Venue in keyof VenueLimits]: { readonly venue: Venue; readonly limits?: Partial<VenueLimits[Venue]> } }[keyof VenueLimits];

interface CommonOptions {
  readonly seed: number;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  readonly host?: string;
  /** Trades per second of the random market, averaged over minutes. */
  readonly rate?: number;
  /** Orders come at one rate, without bursts and lulls: for benchmarks. */
  readonly steady?: boolean;
  readonly symbols?: readonly ModelledSymbol[];
  /** How long the random market has traded before the start: what a backfill can reach. */
  readonly historyMs?: number;
  /** A capture file of Binance to replay instead of the random market, from the first subscription to a trade stream on. */
  readonly capture?: string;
  /** Of the capture: 1 is its own pace, Infinity as quickly as it is read. */
  readonly speed?: number;
  /** What the random market did before the start, to be done again: with the same seed and rate it trades the same. */
  readonly past?: MarketPast;
  /** The venue's time, ms since 1970; default: this machine's. */
  readonly clock?: () => number;
  /** The market stands still until `resume()`. */
  readonly paused?: boolean;
  /** What goes wrong, and when, from the start on. */
  readonly faults?: FaultPlan;
  /** Serve the ledger over HTTP, for tests in other processes. */
  readonly ledger?: boolean;
  readonly unreadMaxBytes?: number;
}

export interface MarketPast {
  readonly startedAtMs: number;
  /** When the market stood still, from the one time to the other, oldest first. */
  readonly halts: readonly (readonly [fromMs: number, toMs: number])[];
  /** Since when it stands still, until `resume()`. */
  readonly haltedAtMs: number;
}

export interface Simulator {
  readonly port: number;
  /** `ws://host:port`, without a path. */
  readonly wsUrl: string;
  readonly restUrl: string;
  readonly core: VenueCore;
  readonly ledger: Ledger;
  /** How often each fault of the plan has met something. */
  readonly faultsMet: ReadonlyMap<FaultName, number>;
  /**
   * Publishes what is due and halts the market; the connections stay, so that a caller may wait until all was received.
   * @returns when it stands still, ms
   */
  pause(): number;
  /** @returns from when on it trades again, ms */
  resume(): number;
  stop(): Promise<void>;
}

const DEFAULT_RATE = 50;
const UNREAD_MAX_BYTES = 256 << 20;

/** Starts a simulated exchange on real sockets. Fails when the port is taken or the capture cannot be read. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  let latestMs = 0;
  // The core's time never goes back, even when the machine's clock is set back.
  const { clock = Date.now } = options;
  const nowMs = () => (latestMs = Math.max(latestMs, clock()));
  const market = await openMarket(options, nowMs());
  const venue = newVenueCore({ ...options, market, waitForSubscriber: options.capture !== undefined });
  const faulty = options.faults === undefined ? null : new FaultyCore(venue, options.faults);
  const core = faulty ?? venue;
  // What happened before the start is in the ledger before the first client is there.
  for (const [fromMs, toMs] of options.past?.halts ?? []) {
    core.advance(fromMs);
    core.pause(fromMs);
    core.resume(toMs);
  }
  if (options.past !== undefined) {
    core.advance(options.past.haltedAtMs);
    core.pause(options.past.haltedAtMs);
  }
  core.advance(nowMs());
  if (options.paused === true) core.pause(nowMs());

  const traffic = new Traffic();
  const rest = restRoutes(core, nowMs, traffic);
  const server = createServer((request, response) => {
    const asksLedger = options.ledger === true && request.url?.startsWith('/_ledger/') === true;
    (asksLedger ? truth : rest)(request, response);
  });
  const sockets = new SocketServer({ server, core, nowMs, traffic, unreadMaxBytes: options.unreadMaxBytes ?? UNREAD_MAX_BYTES });
  const control = {
    pause: (): number => {
      const atMs = nowMs();
      sockets.send(core.advance(atMs));
      core.pause(atMs);
      return atMs;
    },
    resume: (): number => {
      const atMs = nowMs();
      core.resume(atMs);
      return atMs;
    },
  };
  const truth = ledgerRoutes(core, control, traffic);
  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const loop = new MarketLoop(core, sockets, nowMs);
  loop.start();

  return {
    port,
    wsUrl: `ws://${host}:${port}`,
    restUrl: `http://${host}:${port}`,
    core,
    ledger: core.ledger,
    get faultsMet() {
      return faulty?.met ?? new Map<FaultName, number>();
    },
    ...control,
    async stop() {
      loop.stop();
      await sockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function openMarket(options: SimulatorOptions, nowMs: number): Promise<Market> {
  if (options.capture !== undefined) {
    if (options.venue !== 'binance') throw new Error(`Captures of ${options.venue} cannot be replayed.`);
    return new ReplayMarket(readCapture(await readCaptureLines(options.capture)), nowMs, options.speed ?? 1);
  }
  return new RandomMarket({
    seed: options.seed,
    startTimeMs: options.past?.startedAtMs ?? nowMs - (options.historyMs ?? 0),
    rate: options.rate ?? DEFAULT_RATE,
    steady: options.steady ?? false,
    symbols: options.symbols ?? defaultSymbolsOf(options.venue),
  });
}

function restRoutes(core: VenueCore, nowMs: () => number, traffic: Traffic): RequestListener {
  return (request: IncomingMessage, response) => {
    request.resume();
    const clientIp = request.socket.remoteAddress ?? '';
    const { method = 'GET', url = '/', headers } = request;
    const answer = core.rest({ method, url, headers, clientIp }, nowMs());
    countOne(traffic.rest, answer.status);
    const send = () => void response.writeHead(answer.status, answer.headers).end(answer.body);
    const { delayMs = 0 } = answer;
    if (delayMs === 0) send();
    // Without an end the client waits until it has had enough, or until the server stops.
    else if (delayMs !== Infinity) setTimeout(send, delayMs).unref();
  };
}

const unzip = promisify(gunzip);
const GZIP_MAGIC = [0x1f, 0x8b];
const LINE_FEED = 0x0a;
/** A capture is held in memory while it is replayed. */
const CAPTURE_MAX_BYTES = 2 ** 31;

/** The lines of a capture file, plain or gzip. */
export async function readCaptureLines(path: string): Promise<Iterable<string>> {
  const bytes = await readFile(path);
  const zipped = GZIP_MAGIC.every((byte, index) => bytes[index] === byte);
  return linesOf(zipped ? await unzip(bytes, { maxOutputLength: CAPTURE_MAX_BYTES }) : bytes);
}

/** Line by line from bytes: a whole capture may be longer than a string can be. */
function* linesOf(bytes: Buffer): Generator<string, void, undefined> {
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(LINE_FEED, start);
    const end = found === -1 ? bytes.length : found;
    yield bytes.toString('utf8', start, end);
    start = end + 1;
  }
}
