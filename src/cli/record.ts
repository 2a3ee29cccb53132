import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import process from 'node:process';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { constants, createGzip } from 'node:zlib';
import type { Command } from 'commander';
import { VenueActor } from '../actors/venue-actor.js';
import { loadConfig } from '../config/load-config.js';
import { systemClock } from '../daemon/system-clock.js';
import { venueAccess } from '../daemon/venue-access.js';
import type { FrameBlock } from '../domain/frame-block.js';
import { SymbolTable } from '../domain/symbol-table.js';
import { feedIdText, parseFeedId } from '../domain/symbol.js';
import { VenueClock } from '../domain/venue-clock.js';
import { SeracError } from '../errors.js';
import { venueNamed } from '../exchanges/registry.js';
import type { Decode } from '../exchanges/venue.js';
import { createLogger } from '../logger.js';
import { ConnectionLog } from '../recording/connection-log.js';
import { reasonOf } from '../system-error.js';
import { writeJson } from './support/answer.js';
import { listedSymbols } from './support/check-venues.js';
import { examples, readWhole } from './support/read-flags.js';

interface RecordFlags {
  readonly out: string;
  readonly seconds?: string;
  readonly config?: string;
  readonly json?: true;
}

const STOP_MAX_MS = 2_000;
/** How long the end waits for the venue's list of markets. */
const LIST_WAIT_MAX_MS = 2_000;
/** What a compressed capture loses at most where the process is killed: it can be read to where it was last flushed. */
const FLUSH_MS = 1_000;

/** Bytes waiting for a slow disk at which the sockets are paused. */
const WAITING_MAX_BYTES = 64 * 1_048_576;

/** `serac record`: writes raw frames of one venue into a capture for `serac replay`. */
export function recordCommand(program: Command): void {
  program
    .command('record')
    .summary('writes raw frames of an exchange to a capture file')
    .description('writes the raw frames of markets of one venue to a capture file, until Ctrl-C')
    .argument('<market...>', 'EXCHANGE:SYMBOL, all of the same exchange')
    .option('--out <file>', 'capture file to write; .gz compresses it, - is standard output', 'capture.gz')
    .option('--seconds <n>', 'stop after so many seconds')
    .option('-c, --config <file>', 'configuration file whose venues name other hosts')
    .option('--json', 'print one JSON document at the end')
    .addHelpText(
      'after',
      examples(['record binance:BTC-USDT binance:ETH-USDT --out btc-eth.gz --seconds 60', 'records one minute of two markets']),
    )
    .action(record);
}

async function record(markets: string[], flags: RecordFlags): Promise<void> {
  const feeds = markets.map(parseFeedId);
  const exchange = feeds[0]!.exchange;
  if (feeds.some((feed) => feed.exchange !== exchange))
    throw new SeracError('usage', 'A capture holds the frames of one exchange: record each exchange separately.');
  const seconds = flags.seconds === undefined ? undefined : readWhole('--seconds', flags.seconds, 1, 31_536_000);
  const venue = venueNamed(exchange);
  const config = loadConfig(flags.config, process.env);
  const hosts = config.venues[exchange]?.ws;
  const clock = systemClock();
  const { dial } = venueAccess(venue, config, process.env, () => clock.now());
  const connections = new ConnectionLog(exchange, { clock, logger: createLogger('warn') });
  const actor = new VenueActor(
    { venue, feeds, ...(hosts === undefined ? {} : { hosts }) },
    {
      ...{ clock, nowNs: clock.nowNs, random: () => randomInt(2 ** 47) / 2 ** 47, dial },
      onFrames: (block) => take(block),
      onLink: (socket, fact) => connections.note(socket, fact),
    },
  );
  const output = openOutput(flags.out);
  const counts = { frames: 0, bytes: 0 };
  const decoders = new Map<number, Decode>();
  const symbols = new SymbolTable(exchange);
  const names = new Map(feeds.map(({ symbol }) => [venue.toVenueSymbol(symbol), symbols.codeOf(symbol)]));
  const take = (block: FrameBlock): void => {
    counts.frames += block.count;
    counts.bytes += write(output.stream, block);
    if (output.stream.writableLength > WAITING_MAX_BYTES) {
      actor.pause();
      void once(output.stream, 'drain').then(() => actor.resume());
    }
    // The venue's replies to the subscriptions are among the frames.
    let decode = decoders.get(block.connectionId);
    if (decode === undefined) {
      decode = venue.decoder({ symbols, resolve: (name) => names.get(name) ?? -1, clock: new VenueClock(Infinity) });
      decoders.set(block.connectionId, decode);
    }
    const { controls } = decode(block);
    if (controls.length > 0) actor.controls({ connectionId: block.connectionId, controls });
  };
  actor.start();
  process.stderr.write(`Recording ${markets.join(', ')} to ${flags.out}. Stop with Ctrl-C.\n`);
  const unlisted = listedSymbols(venue, config, process.env)
    .then((listed) => feeds.filter(({ symbol }) => !listed.has(symbol)).map(feedIdText))
    // That it gives no list keeps no frame from being recorded.
    .catch((): string[] => []);
  void unlisted.then((names) => {
    if (names.length > 0) process.stderr.write(`serac: ${exchange} does not list ${names.join(', ')}.\n`);
  });
  const nothingIsListed = new Promise<void>((resolve) => void unlisted.then(({ length }) => length === feeds.length && resolve()));
  await Promise.race([interrupted(), output.failed, nothingIsListed, ...(seconds === undefined ? [] : [sleep(seconds * 1_000)])]);
  await actor.stop(STOP_MAX_MS);
  await output.close();
  const unknown = await Promise.race([unlisted, sleep(LIST_WAIT_MAX_MS, [])]);
  const summary = { ok: counts.frames > 0 && unknown.length === 0, ...counts, out: flags.out, unlisted: unknown };
  if (flags.json) await writeJson(summary);
  else process.stderr.write(`${counts.frames} frames, ${counts.bytes} bytes.\n`);
  if (!summary.ok) process.exitCode = 1;
}

/** One frame per line: `<receive_time_ns> <json>`. A frame holds no line break: JSON text escapes it. */
function write(stream: Writable, block: FrameBlock): number {
  let bytes = 0;
  for (let frame = 0; frame < block.count; frame++) {
    const content = Buffer.from(block.frame(frame));
    for (let at = content.indexOf(0x0a); at >= 0; at = content.indexOf(0x0a, at)) content[at] = 0x20;
    stream.write(`${block.receiveTime[frame]!} `);
    stream.write(content);
    stream.write('\n');
    bytes += content.length;
  }
  return bytes;
}

function openOutput(path: string): { stream: Writable; failed: Promise<never>; close(): Promise<void> } {
  const file: Writable = path === '-' ? process.stdout : createWriteStream(path, { flags: 'wx' });
  const gzip = path.endsWith('.gz') ? createGzip() : null;
  gzip?.pipe(file);
  const stream = gzip ?? file;
  const flushing = gzip === null ? undefined : setInterval(() => gzip.flush(constants.Z_SYNC_FLUSH), FLUSH_MS);
  const failed = once(file, 'error').then(([error]) => {
    throw new SeracError('input.unreadable', `Cannot write ${path}: ${reasonOf(error)}`, { cause: error });
  });
  failed.catch(() => undefined);
  return {
    stream,
    failed: failed,
    async close() {
      clearInterval(flushing);
      if (path === '-') return;
      stream.end();
      await finished(file);
    },
  };
}

async function interrupted(): Promise<void> {
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}
