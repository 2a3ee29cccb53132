import { describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import { venueNamed } from '../../../src/exchanges/registry.js';
import { createLogger } from '../../../src/logger.js';
import { VenueInstruments } from '../../../src/recording/venue-instruments.js';
import { outletTo } from '../../support/core/outlet.js';
import { RestClient } from '../../../src/sources/rest/rest-client.js';

const HOUR_MS = 3_600_000;

/** What a venue lists, asked for on a clock that a test moves; its answers come when the test gives them. */
function rig() {
  const simulated = new SimulatedClock();
  const clock = {
    now: () => simulated.now(),
    setTimeout: (run: () => void, delayMs: number): unknown => simulated.setTimeout(run, delayMs),
    clearTimeout: (timer: unknown): void => simulated.clearTimeout(timer as number),
  };
  const asked: ((status: number) => void)[] = [];
  const body = JSON.stringify({ symbols: [{ symbol: 'BTCUSDT', baseAsset: 'BTC', quoteAsset: 'USDT', filters: [] }] });
  const venue = venueNamed('binance');
  const rest = new RestClient({ venue: venue.name, hosts: ['http://a'], limits: venue.rest.limit }, clock, async () => {
    const status = await new Promise<number>((resolve) => asked.push(resolve));
    return { status, retryAfter: null, location: null, body };
  });
  const instruments = new VenueInstruments(venue, { clock, random: () => 0.5, stamp: () => 1, logger: createLogger('silent'), rest });
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  };
  const answer = async (status = 200): Promise<void> => {
    await settle();
    for (const give of asked.splice(0)) give(status);
    await settle();
  };
  const rows: string[] = [];
  const outlet = outletTo((parcel) => parcel.table === 'instruments' && rows.push(...parcel.lines));
  const note = (symbol: string): Promise<void> => instruments.note([symbol], outlet);
  return { instruments, simulated, asked, answer, settle, note, rows };
}

describe('what a venue says of its markets', () => {
  it('is asked for once by all who want it at a time, and believed for an hour', async () => {
    const { instruments, simulated, asked, answer, note, settle, rows } = rig();
    const notes = ['BTC-USDT', 'NO-USDT', 'BTC-USDT'].map((symbol) => note(symbol));
    await settle();
    expect(asked).toHaveLength(1);
    await answer();
    await Promise.all(notes);
    expect(rows.map((row) => (JSON.parse(row) as { symbol: string }).symbol)).toEqual(['BTC-USDT', 'BTC-USDT']);
    expect(await instruments.find('BTC-USDT')).toMatchObject({ base: 'BTC' });
    expect(await instruments.find('NO-USDT')).toBeUndefined();
    simulated.increment(HOUR_MS + 1);
    const later = instruments.find('BTC-USDT');
    await answer();
    expect(await later).toMatchObject({ venueSymbol: 'BTCUSDT' });
  });

  it('is asked for once by all who want to know now', async () => {
    const { instruments, asked, answer, settle } = rig();
    const waiting = Array.from({ length: 10 }, () => instruments.find('BTC-USDT'));
    await settle();
    expect(asked).toHaveLength(1);
    await answer();
    expect(await Promise.all(waiting)).toHaveLength(10);
  });

  it('is not waited for by somebody who wants to know now, and tried again for those who can wait', async () => {
    const { instruments, simulated, asked, answer, note, settle, rows } = rig();
    const now = instruments.find('BTC-USDT').catch((error: unknown) => (error as { code: string }).code);
    await settle();
    simulated.increment(10_000);
    expect(await now).toBe('venue.unavailable');
    asked.length = 0;
    const noted = note('BTC-USDT');
    await answer(503);
    simulated.increment(60_000);
    await answer();
    await noted;
    expect(rows).toHaveLength(1);
    // A failure is told to the one who asked, at once.
    const { instruments: others, answer: refuse } = rig();
    const refused = others.find('BTC-USDT').catch((error: unknown) => (error as { code: string }).code);
    await refuse(500);
    expect(await refused).toBe('venue.unavailable');
  });
});
