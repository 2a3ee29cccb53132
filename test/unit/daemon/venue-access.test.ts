import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { loadConfig } from '../../../src/config/load-config.js';
import { venueAccess } from '../../../src/daemon/venue-access.js';
import { messageOf } from '../../../src/errors.js';
import { venueNamed } from '../../../src/exchanges/registry.js';

const KEY = 'k3y-0f-a-test';
const ASK = { timeoutMs: 2_000, bodyMaxBytes: 1_000 };
let folder: string;
const servers: Server[] = [];
const wires = new Set<Socket>();

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'serac-access-'))));
afterEach(() => {
  rmSync(folder, { recursive: true });
  for (const wire of wires) wire.destroy();
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function portOf(server: Server): Promise<number> {
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

/** A venue that notes what it is asked with and says hello to whoever connects; and a proxy that notes what goes through it. */
async function world() {
  const asked: IncomingHttpHeaders[] = [];
  const venue = createServer((request, response) => {
    asked.push(request.headers);
    response.end('[]');
  });
  const sockets = new WebSocketServer({ server: venue });
  sockets.on('connection', (socket) => socket.send('hello'));
  const through: { readonly to: string; readonly headers: IncomingHttpHeaders }[] = [];
  const proxy = createServer((_request, response) => response.writeHead(500).end());
  proxy.on('connect', (request, client: Socket) => {
    through.push({ to: request.url!, headers: request.headers });
    const [host = '', port = ''] = request.url!.split(':');
    const server = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      server.pipe(client).pipe(server);
    });
    for (const wire of [client, server]) wires.add(wire.on('error', () => wire.destroy()));
  });
  return { host: `127.0.0.1:${await portOf(venue)}`, proxy: `127.0.0.1:${await portOf(proxy)}`, asked, through };
}

function access(venue: string, settings: object, environment: Record<string, string> = {}) {
  return venueAccess(venueNamed(venue), loadConfig(null, {}, { venues: { [venue]: settings } }), environment, () => Date.now());
}

describe('a proxy', () => {
  it.each(['setting', 'variable'])('carries REST and WebSocket connections where a %s names it', async (where) => {
    const { host, proxy, asked, through } = await world();
    const url = `http://me:pass@${proxy}`;
    const { fetch, dial } =
      where === 'setting' ? access('kraken', { proxy: url }) : access('kraken', {}, { SERAC_VENUES_KRAKEN_PROXY: url });
    expect(await fetch(`http://${host}/trades`, { ...ASK, headers: {} })).toMatchObject({ status: 200, body: '[]' });
    const frames: string[] = [];
    await new Promise<void>((resolve) => {
      const connection = dial(`ws://${host}`, {
        onOpen: () => undefined,
        onFrame: (frame) => {
          frames.push(Buffer.from(frame).toString());
          connection.terminate();
        },
        onFrames: () => undefined,
        onSignOfLife: () => undefined,
        onEnd: () => resolve(),
      });
    });
    expect(frames).toEqual(['hello']);
    expect(through.map(({ to }) => to)).toEqual([host, host]);
    expect(through[0]!.headers['proxy-authorization']).toBe(`Basic ${Buffer.from('me:pass').toString('base64')}`);
    expect(asked[0]).not.toHaveProperty('proxy-authorization');
  });

  it('that refuses is named with its status', async () => {
    const { host } = await world();
    const refusing = createServer();
    refusing.on('connect', (_request, client: Socket) =>
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n'),
    );
    const { fetch } = access('kraken', { proxy: `http://127.0.0.1:${await portOf(refusing)}` });
    expect(await fetch(`http://${host}/trades`, { ...ASK, headers: {} })).toMatchObject({ status: 407 });
  });

  it('that is no URL is refused without being shown', () => {
    expect(() => access('kraken', {}, { SERAC_VENUES_KRAKEN_PROXY: 'secret@proxy' })).toThrow(
      /^venues\.kraken\.proxy \(SERAC_VENUES_KRAKEN_PROXY\) is not a URL/,
    );
  });
});

describe('an API key', () => {
  it.each(['file', 'variable'])('is sent to REST of its venue in its header, from a %s', async (where) => {
    const { host, proxy, asked, through } = await world();
    const file = join(folder, 'key');
    writeFileSync(file, `${KEY}\n`);
    const settings = { proxy: `http://${proxy}` };
    const { fetch, restHeaders } =
      where === 'file'
        ? access('binance', { ...settings, apiKeyFile: file })
        : access('binance', settings, { SERAC_VENUES_BINANCE_API_KEY: KEY });
    await fetch(`http://${host}/trades`, { ...ASK, headers: restHeaders });
    expect(asked[0]).toHaveProperty('x-mbx-apikey', KEY);
    expect(JSON.stringify(through)).not.toContain(KEY);
    expect(access('kraken', {}, { SERAC_VENUES_BINANCE_API_KEY: KEY }).restHeaders).toEqual({});
  });

  it('has the header that is configured, and needs one where the venue names none', () => {
    const given = { SERAC_VENUES_KRAKEN_API_KEY: KEY };
    expect(access('kraken', { apiKeyHeader: 'X-Key' }, given).restHeaders).toEqual({ 'X-Key': KEY });
    expect(() => access('kraken', {}, given)).toThrow('venues.kraken.apiKeyHeader must name the header that carries the key.');
  });

  it('that cannot be read, or is none, is refused without being shown', () => {
    expect(() => access('binance', { apiKeyFile: join(folder, 'none') })).toThrow(
      /venues\.binance\.apiKeyFile names .*none, which cannot be read/,
    );
    const writing = (): unknown => access('binance', {}, { SERAC_VENUES_BINANCE_API_KEY: `${KEY}\r\nX-Other: 1` });
    expect(writing).toThrow('does not hold a key of one line');
    try {
      writing();
    } catch (error) {
      expect(messageOf(error)).not.toContain(KEY);
    }
  });
});
