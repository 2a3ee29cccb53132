import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nodeTime } from '../../../src/daemon/node-time.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { systemClock } from '../../../src/daemon/system-clock.js';
import type { RecordingStore } from '../../../src/domain/ports/recording-store.js';
import { SeracError } from '../../../src/errors.js';
import { venueNamed } from '../../../src/exchanges/registry.js';
import { createLogger } from '../../../src/logger.js';
import { RunTimeFeeds } from '../../../src/recording/run-time-feeds.js';
import { VenueRecording } from '../../../src/recording/venue-recording.js';
import { VenueSet } from '../../../src/recording/venue-set.js';
import { dialWebSocket } from '../../../src/sources/websocket/dial-websocket.js';
import { ScriptedVenue } from '../actors/scripted-venue.js';
import { seeded } from '../machines/socket-rig.js';
import { nothingStored } from '../daemon/support/nothing-stored.js';
import { keepingOutlet } from '../../support/core/outlet.js';

let server: ScriptedVenue;
const ends: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  server = await new ScriptedVenue().listen();
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await server.close();
});

const LISTED = ['BTC', 'ETH', 'SOL'].map((baseAsset) => ({ symbol: `${baseAsset}USDT`, baseAsset, quoteAsset: 'USDT', filters: [] }));

/** Feeds over a venue on loopback; what it lists, and the store, are as a test says. */
function rig(configured: readonly string[] = []) {
  const clock = systemClock();
  const world = {
    listed: () => Promise.resolve({ status: 200, retryAfter: null, location: null, body: JSON.stringify({ symbols: LISTED }) }),
    store: (): RecordingStore => nothingStored,
    opened: [] as string[],
    asked: [] as string[],
  };
  const config = loadConfig(null, {}, { venues: { binance: { ws: [server.url] }, kraken: { ws: [server.url] } } });
  const newPart = (exchange: string, symbols: readonly string[]): VenueRecording =>
    new VenueRecording(
      venueNamed(exchange),
      symbols.map((symbol) => ({ symbol, tier: 2 })),
      config,
      {
        ...nodeTime(),
        ...{ clock, random: seeded(1), logger: createLogger('silent'), store: () => world.store(), onStep: () => undefined },
        outlet: keepingOutlet(),
        dial: dialWebSocket({ nowMs: () => clock.now() }),
        fetch: (url) => {
          world.asked.push(url);
          return world.listed();
        },
      },
    );
  const venues = new VenueSet(configured.length === 0 ? [] : [newPart('binance', configured)]);
  const feeds = new RunTimeFeeds({
    ...{ venues, clock, logger: createLogger('silent') },
    newVenue: (venue) => newPart(venue.name, []),
    onOpened: ({ venue }) => world.opened.push(venue.name),
  });
  ends.push(() => venues.recording.stop(500));
  ends.push(() => venues.sockets.stop(500));
  const start = async (): Promise<void> => {
    await venues.recording.start(() => undefined);
    await venues.sockets.start(() => undefined);
  };
  const names = (): string[] =>
    venues.list.flatMap((part) => part.feeds()).map(({ exchange, symbol, tier }) => `${exchange}:${symbol} ${tier}`);
  const wanted = (...list: (readonly [string, 1 | 2 | 3])[]) =>
    list.map(([symbol, tier]) => ({ feed: { exchange: 'binance', symbol }, tier }));
  return { feeds, venues, world, start, names, wanted };
}

const BTC = { exchange: 'binance', symbol: 'BTC-USDT' };
const ETH = { exchange: 'binance', symbol: 'ETH-USDT' };

describe('feeds at run time', () => {
  it('begin with the first one of a venue that had none, and are live', async () => {
    const { feeds, world, start, names, venues } = rig();
    await start();
    expect(await feeds.add(BTC, undefined)).toMatchObject({ added: true, status: { symbol: 'BTC-USDT', tier: 2 } });
    expect(await feeds.add(BTC, undefined)).toMatchObject({ added: false, status: { tier: 2 } });
    expect(await feeds.add(BTC, 1)).toMatchObject({ added: false, status: { tier: 1 } });
    await feeds.add(ETH, 3);
    expect([names(), world.opened, venues.list.length]).toEqual([['binance:BTC-USDT 1', 'binance:ETH-USDT 3'], ['binance'], 1]);
    // What the venue lists was asked for once.
    expect(world.asked).toHaveLength(1);
    await vi.waitFor(() =>
      expect([...server.streams.values()].flatMap((streams) => [...streams]).sort()).toEqual(['btcusdt@trade', 'ethusdt@trade']),
    );
    expect(server.handshakes).toBe(1);
  });

  it('wait with their socket until the daemon dials', async () => {
    const { feeds, venues } = rig();
    await venues.recording.start(() => undefined);
    await feeds.add(BTC, undefined);
    expect(venues.find('binance')!.markets.feed('BTC-USDT')!.connection).toBe('idle');
    expect(server.handshakes).toBe(0);
    await venues.sockets.start(() => undefined);
    await vi.waitFor(() => expect(venues.find('binance')!.markets.feed('BTC-USDT')!.connection).toBe('live'));
  });

  it('are not begun where the venue does not list them, or cannot say so, or the store is away', async () => {
    const { feeds, world, start, names, venues } = rig();
    await start();
    await expect(feeds.add({ exchange: 'binance', symbol: 'NO-USDT' }, 1)).rejects.toMatchObject({ code: 'input.invalid' });
    await expect(feeds.add({ exchange: 'nowhere', symbol: 'BTC-USDT' }, 1)).rejects.toMatchObject({ code: 'input.invalid' });
    const { listed } = world;
    world.listed = () => Promise.resolve({ status: 503, retryAfter: null, location: null, body: '' });
    await expect(feeds.add(BTC, 1)).rejects.toMatchObject({ code: 'venue.unavailable', retryable: true });
    world.listed = listed;
    world.store = () => {
      throw new SeracError('store.unavailable', 'It restarts.', { retryable: true });
    };
    await expect(feeds.add(BTC, 1)).rejects.toMatchObject({ code: 'store.unavailable' });
    expect([names(), venues.list]).toEqual([[], []]);
    world.store = () => nothingStored;
    expect(await feeds.add(BTC, 1)).toMatchObject({ added: true });
  });

  it('are paused, resumed and removed, each if it is there', async () => {
    const { feeds, start, names, venues } = rig(['BTC-USDT', 'ETH-USDT']);
    await start();
    expect(feeds.pause(BTC)).toMatchObject({ connection: 'suspended', suspension: { kind: 'paused', until: null } });
    expect(() => feeds.reconnect(BTC)).toThrow(expect.objectContaining({ code: 'conflict' }) as Error);
    expect(feeds.resume(BTC)).toMatchObject({ suspension: null });
    await vi.waitFor(() => expect(feeds.reconnect(BTC).connection).toBe('rollingOver'));
    expect(await feeds.remove(BTC)).toMatchObject({ connection: 'stopped', unacknowledged: 0 });
    await expect(feeds.remove(BTC)).rejects.toMatchObject({ code: 'not_found' });
    expect(() => feeds.pause(BTC)).toThrow(expect.objectContaining({ code: 'not_found' }) as Error);
    expect(names()).toEqual(['binance:ETH-USDT 2']);
    await feeds.remove(ETH);
    expect(venues.list.flatMap((part) => part.feeds())).toEqual([]);
    await vi.waitFor(() => expect(server.sockets).toHaveLength(0));
    await feeds.add(ETH, undefined);
    await vi.waitFor(() => expect(venues.find('binance')!.markets.feed('ETH-USDT')!.connection).toBe('live'));
  });

  it('become those of a list: the others go, tiers change, and what cannot be done is told', async () => {
    const { feeds, start, names, wanted, world } = rig(['BTC-USDT', 'ETH-USDT']);
    await start();
    await feeds.add({ exchange: 'binance', symbol: 'SOL-USDT' }, 3);
    expect(await feeds.apply(wanted(['BTC-USDT', 1], ['SOL-USDT', 3], ['NEW-USDT', 2]))).toEqual({
      ...{ added: ['binance:NEW-USDT'], removed: ['binance:ETH-USDT'], retiered: ['binance:BTC-USDT'], failed: [] },
    });
    expect(names().sort()).toEqual(['binance:BTC-USDT 1', 'binance:NEW-USDT 2', 'binance:SOL-USDT 3']);
    const kraken = { feed: { exchange: 'kraken', symbol: 'BTC-USD' }, tier: 2 as const };
    world.store = () => {
      throw new SeracError('store.unavailable', 'It restarts.', { retryable: true });
    };
    // BTCUS-DT is another market, of the same name at the venue.
    const { failed, ...rest } = await feeds.apply([...wanted(['BTC-USDT', 1], ['BTCUS-DT', 1]), kraken]);
    expect(rest).toEqual({ added: [], removed: ['binance:SOL-USDT', 'binance:NEW-USDT'], retiered: [] });
    expect(failed).toEqual([expect.stringContaining('BTCUS-DT'), 'kraken:BTC-USD: It restarts.']);
    await expect(feeds.apply([{ feed: { exchange: 'nowhere', symbol: 'A-B' }, tier: 1 }])).rejects.toMatchObject({ code: 'input.invalid' });
    expect(names()).toEqual(['binance:BTC-USDT 1']);
  });

  it('are changed one after the other, whoever asks', async () => {
    const { feeds, start, names, wanted } = rig();
    await start();
    const answers = await Promise.all([
      ...[feeds.add(BTC, 1), feeds.add(ETH, 1), feeds.add(BTC, 2)],
      ...[feeds.apply(wanted(['ETH-USDT', 3])), feeds.add(BTC, 3), feeds.remove(ETH)],
    ]);
    expect(answers.slice(0, 3).map((answer) => (answer as { added: boolean }).added)).toEqual([true, true, false]);
    expect(names()).toEqual(['binance:BTC-USDT 3']);
  });

  it('are not begun while the daemon stops', async () => {
    const { feeds, start, venues, names } = rig();
    await start();
    await venues.sockets.stop(500);
    await expect(feeds.add(BTC, 1)).rejects.toMatchObject({ code: 'stopping', retryable: true });
    expect(names()).toEqual([]);
  });
});
