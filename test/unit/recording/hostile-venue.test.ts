import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nodeTime } from '../../../src/daemon/node-time.js';
import { feedJson } from '../../../src/codec/json/feed-json.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { systemClock } from '../../../src/daemon/system-clock.js';
import { venueNamed } from '../../../src/exchanges/registry.js';
import { createLogger } from '../../../src/logger.js';
import { VenueRecording } from '../../../src/recording/venue-recording.js';
import { fetchRest } from '../../../src/sources/rest/fetch-rest.js';
import { dialWebSocket } from '../../../src/sources/websocket/dial-websocket.js';
import { ScriptedVenue } from '../actors/scripted-venue.js';
import { seeded } from '../machines/socket-rig.js';
import { nothingStored } from '../daemon/support/nothing-stored.js';
import { keepingOutlet } from '../../support/core/outlet.js';

/** Trades that the REST interface has, and what it does instead of giving them. */
class ScriptedRest {
  readonly #server: Server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://localhost');
    this.asked.push(url.search === '' ? url.pathname : url.search);
    if (this.misbehave?.(response) === true) return;
    if (url.search === '') {
      response.end('{"symbols":[]}');
      return;
    }
    const from = Number(url.searchParams.get('fromId'));
    const rows = [...this.ids].filter((id) => id >= from).sort((a, b) => a - b);
    response.end(JSON.stringify(rows.slice(0, Number(url.searchParams.get('limit'))).map(row)));
  });
  readonly asked: string[] = [];
  readonly ids = new Set<number>();
  /** Returns whether it answered. */
  misbehave: ((response: ServerResponse) => boolean) | null = null;

  async listen(): Promise<this> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Questions for trades from an id on. */
  about(id: number): number {
    return this.asked.filter((search) => new URLSearchParams(search).get('fromId') === String(id)).length;
  }

  close(): void {
    this.#server.close().closeAllConnections();
  }
}

const row = (id: number): object => ({ id, price: '10.0', qty: '1.0', quoteQty: '10.0', time: Date.now(), isBuyerMaker: true });

let sockets: ScriptedVenue;
let rest: ScriptedRest;
const ends: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  sockets = await new ScriptedVenue().listen();
  rest = await new ScriptedRest().listen();
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await sockets.close();
  rest.close();
});

/** One market of a venue on loopback, recorded into nothing. */
async function record({ isRefused = false } = {}) {
  const clock = systemClock();
  const part = new VenueRecording(
    venueNamed('binance'),
    [{ symbol: 'BTC-USDT', tier: 1 }],
    loadConfig(null, {}, { venues: { binance: { ws: [sockets.url], rest: [rest.url] } } }),
    {
      ...nodeTime(),
      ...{ clock, random: seeded(1), logger: createLogger('silent'), store: () => nothingStored, onStep: () => undefined },
      outlet: keepingOutlet(),
      ...{ dial: dialWebSocket({ nowMs: () => clock.now() }), fetch: fetchRest() },
    },
  );
  await part.recording.start(() => undefined);
  await part.sockets.start(() => undefined);
  ends.push(async () => {
    await part.sockets.stop(500);
    await part.recording.stop(500);
  });
  if (!isRefused) await vi.waitFor(() => expect([...sockets.streams.values()].some((streams) => streams.size > 0)).toBe(true), 5_000);
  const send = (...ids: number[]): void => {
    for (const id of ids) {
      const now = Date.now();
      const data = { e: 'trade', E: now, s: 'BTCUSDT', t: id, p: '10.0', q: '1.0', T: now, m: true, M: true };
      sockets.publish('btcusdt@trade', JSON.stringify({ stream: 'btcusdt@trade', data }));
    }
  };
  const seen = (): string => JSON.stringify(part.recorder?.state.all()[0]?.coverage.seen.ranges() ?? []);
  const rejects = (): Record<string, number> => Object.fromEntries(part.recorder!.counters.rejects);
  return { part, send, seen, rejects };
}

describe('an absurd id', () => {
  it('that the venue does not know is a reject, asked about once, and opens no gap', async () => {
    const { part, send, seen, rejects } = await record();
    send(100, 101, Number.MAX_SAFE_INTEGER, 102);
    await vi.waitFor(() => expect(rest.about(Number.MAX_SAFE_INTEGER)).toBe(1), 5_000);
    send(Number.MAX_SAFE_INTEGER, 103);
    await vi.waitFor(() => expect(seen()).toBe('[[100,103]]'));
    expect(rejects()).toEqual({ absurd_id: 2 });
    expect(part.gaps()).toEqual([]);
    expect(rest.about(Number.MAX_SAFE_INTEGER)).toBe(1);
  });

  it('that the venue knows is taken from there, and what came behind it is fetched', async () => {
    const { send, seen } = await record();
    send(100, 101);
    for (const id of [4_000_000, 4_000_001, 4_000_002]) rest.ids.add(id);
    send(4_000_000, 4_000_001);
    await vi.waitFor(() => expect(seen()).toContain('4000001'), 5_000);
    send(4_000_002);
    await vi.waitFor(
      () =>
        expect(JSON.parse(seen())).toEqual([
          [100, 101],
          [expect.any(Number), 4_000_002],
        ]),
      5_000,
    );
  });
});

describe('a REST interface', () => {
  it('that refuses whoever asks from here leaves gaps open, says why, and is asked again until it answers', async () => {
    const { part, send, seen } = await record();
    for (let id = 100; id < 110; id++) rest.ids.add(id);
    rest.misbehave = (response) => (response.writeHead(451).end('not in your country'), true);
    send(100, 109);
    const reason = (): string => part.feeds()[0]!.repairTrouble?.reason ?? '';
    await vi.waitFor(() => expect(reason()).toBe(`${rest.url}: refused with status 451`), 5_000);
    expect(part.gaps()).toMatchObject([{ first: 101, last: 108, state: 'open' }]);
    rest.misbehave = null;
    await vi.waitFor(() => expect(seen()).toBe('[[100,109]]'), 10_000);
    expect(reason()).toBe('');
    expect(part.gaps()).toEqual([]);
  });

  it('that wants no request for three million years is asked again after a day, and feeds can be shown', async () => {
    const { part, send } = await record();
    rest.misbehave = (response) => (response.writeHead(429, { 'retry-after': '99999999999999' }).end(), true);
    send(100, 109);
    await vi.waitFor(() => expect(part.feeds()[0]!.repairTrouble).not.toBeNull(), 5_000);
    const { repair_trouble: trouble } = feedJson(part.feeds()[0]!, 'rfc3339');
    expect(Date.parse(trouble!.until as string) - Date.now()).toBeLessThanOrEqual(86_400_000);
    expect(trouble!.reason).toContain('Retry-After: 99999999999999; waits 86400 s');
  });
});

describe('a handshake', () => {
  it('that is refused for three million years is tried again after a day, and feeds can be shown', async () => {
    sockets.refusals.push('HTTP/1.1 429 Too Many Requests\r\nRetry-After: 99999999999999\r\nContent-Length: 0\r\n\r\n');
    const { part } = await record({ isRefused: true });
    await vi.waitFor(() => expect(part.feeds()[0]!.suspension?.kind).toBe('banned'), 5_000);
    const { suspension } = feedJson(part.feeds()[0]!, 'rfc3339');
    expect(Date.parse(suspension!.until as string) - Date.now()).toBeLessThanOrEqual(86_401_000);
    expect(suspension!.reason).toContain('Retry-After: 99999999999999; waits 86400 s');
  });
});

describe('a connection that sends only garbage', () => {
  it('is closed with a cause, its rejects are counted', async () => {
    const { part, rejects } = await record();
    const socket = [...sockets.streams.keys()][0]!;
    sockets.burst(
      socket,
      Array.from({ length: 60_000 }, () => '{"stream":"btcusdt@trade","data":{"e":"trade","E":1'),
    );
    await vi.waitFor(() => expect(part.feeds()[0]!.trouble?.cause).toBe('rejects'), 10_000);
    expect(part.feeds()[0]!.trouble!.reason).toMatch(/^none of its last \d+ frames was usable$/);
    const counted = rejects()['malformed_json']!;
    expect(counted).toBeGreaterThanOrEqual(10_000);
    expect(part.recorder!.counters.rejectsDropped).toBeGreaterThan(counted - 500);
    // Another one takes its place.
    await vi.waitFor(() => expect(part.feeds()[0]!.connection).toBe('live'), 10_000);
  });
});
