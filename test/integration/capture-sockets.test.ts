import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INTERVALS } from '../../src/domain/candle.js';
import { CAPTURES, capturesAreThere, goldenCandles, type GoldenCandle } from '../support/core/captures.js';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { RecordingDaemon, writeConfig } from '../support/integration/recording-daemon.js';
import { endAll } from '../support/integration/serac.js';
import { SimulatedVenue, symbolOf } from '../support/integration/simulated-venue.js';
import { CANDLE_NUMBERS, Stored, type StoredCandle } from '../support/integration/stored.js';
import { judge } from '../support/integration/truth.js';

const SHARED = path.resolve(process.cwd(), '../shared/data');
const SYMBOLS = ['BTCUSDT', 'ETHUSDT'] as const;
const BTC_TRADES = 19_904;
const GOLDEN = [
  ['1s', 1],
  ['1m', 60],
  ['5m', 300],
] as const;
const READY_MAX_MS = 30_000;
const PLAYED_MAX_MS = 60_000;

if (!capturesAreThere) process.stdout.write('capture-sockets: there are no captures in ../shared/data, so nothing is tested with them\n');

let folder: Folder;
let capture: string;

beforeAll(() => {
  folder = temporaryFolder();
  if (!capturesAreThere) return;
  capture = folder.at('capture.txt');
  writeFileSync(capture, merged([CAPTURES.btcFirstDay, CAPTURES.btcSecondDay, CAPTURES.eth]));
});

afterAll(async () => {
  await endAll();
  folder.remove();
});

/*
 * The simulator plays the captures with the times that they have, of 2024, however fast it goes; only the pace is another. So this also
 * shows that nothing depends on the clock of the machine that records.
 */
describe.skipIf(!capturesAreThere)('captures from a socket', () => {
  it.each([
    ['150 times as fast as they were', '150'],
    ['as fast as they are read', 'max'],
  ])('give the candles that another program computed, digit by digit: %s', async (_, speed) => {
    const venue = await SimulatedVenue.replaying(capture, speed, SYMBOLS);
    const config = writeConfig(folder, venue, { data: folder.at(speed) });
    const daemon = new RecordingDaemon(folder.at(speed), config);
    await daemon.ready(READY_MAX_MS);
    await expect.poll(() => recorded(daemon, venue), { timeout: PLAYED_MAX_MS, interval: 50 }).toMatchObject({ ended: true, lacking: 0 });
    expect(await daemon.metric('serac_rejects_total')).toBe(0);
    expect((await daemon.feeds()).map(({ continuity }) => continuity)).toEqual(['contiguous', 'contiguous']);
    const { code, stderr } = await daemon.stop();
    expect(code, stderr).toBe(0);

    const stored = await Stored.open(folder.at(speed));
    try {
      expect((await stored.trades('BTC-USDT')).size).toBe(BTC_TRADES);
      expect(await judge(stored, venue)).toMatchObject({
        ...{ different: [], missing: [], owed: [], absent: [], falselyComplete: [], misjudged: [], unnoted: [] },
      });
      for (const symbol of SYMBOLS) {
        for (const [interval, seconds] of GOLDEN) {
          const own = await stored.candles(symbolOf(symbol), interval);
          expect(own.map((candle) => asGolden(symbol, candle))).toEqual(goldenCandles(symbol.toLowerCase(), seconds));
        }
        await expectHonestEdges(stored, symbolOf(symbol));
      }
    } finally {
      await stored.close();
      await venue.stop();
    }
  });
});

/** What was played and is not acknowledged, or not even taken. */
async function recorded(daemon: RecordingDaemon, venue: SimulatedVenue): Promise<{ ended: boolean; lacking: number }> {
  const { ended, trades } = await venue.summary();
  return { ended, lacking: trades - (await daemon.metric('serac_trades_acknowledged_total')) };
}

/**
 * Candles are proven but for the first and the last: recording began inside the one, and nothing came after the other. Whether those two
 * are final depends on how much time is sure to have passed at the venue since, and so on the pace.
 */
async function expectHonestEdges(stored: Stored, symbol: string): Promise<void> {
  const ids = [...(await stored.trades(symbol)).keys()];
  const [firstId, lastId] = [ids[0]!, ids[ids.length - 1]!];
  for (const interval of INTERVALS) {
    for (const { open_ms, first_id, last_id, state, completeness } of await stored.candles(symbol, interval)) {
      const where = `${symbol} ${interval} ${new Date(open_ms).toISOString()}`;
      expect(completeness, where).toBe(first_id === firstId ? 'gap' : last_id === lastId ? 'unproven' : 'complete');
      if (completeness === 'complete') expect(state, where).toBe('final');
    }
  }
}

/** A stored candle in the words of the golden files. */
function asGolden(symbol: string, { open_ms, numbers }: StoredCandle): GoldenCandle {
  const values = numbers.split(',');
  const text = (name: (typeof CANDLE_NUMBERS)[number]): string => values[CANDLE_NUMBERS.indexOf(name)]!;
  return {
    ...{ symbol, openTime: open_ms },
    ...{ open: text('open'), high: text('high'), low: text('low'), close: text('close') },
    ...{ volume: text('volume'), quoteVolume: text('quote_volume') },
    ...{ takerBuyVolume: text('taker_buy_volume'), takerBuyQuoteVolume: text('taker_buy_quote_volume') },
    ...{ trades: Number(text('trade_count')), firstTradeId: Number(text('first_trade_id')), lastTradeId: Number(text('last_trade_id')) },
  };
}

/** The lines of captures in the order in which they were received: one exchange with all their markets. */
function merged(names: readonly string[]): string {
  const lines = names.flatMap((name) =>
    gunzipSync(readFileSync(path.join(SHARED, name)))
      .toString('utf8')
      .trim()
      .split('\n'),
  );
  const receivedAt = (line: string): bigint => BigInt(line.slice(0, line.indexOf(' ')));
  const timed = lines.map((line) => ({ line, at: receivedAt(line) }));
  return `${timed
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    .map(({ line }) => line)
    .join('\n')}\n`;
}
