import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { nodeWorld } from '../../../src/daemon/node-world.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { StorePart } from '../../../src/daemon/store-part.js';
import { systemClock } from '../../../src/daemon/system-clock.js';
import type { SlewedClock } from '../../../src/domain/clock.js';
import { createLogger } from '../../../src/logger.js';

const TIMES_AS_FAST = 100;

/** A second of it is ten milliseconds. */
function fastClock(): SlewedClock {
  const nowNs = (): bigint => process.hrtime.bigint() * BigInt(TIMES_AS_FAST);
  return {
    ...systemClock(),
    ...{ nowNs, now: () => Number(nowNs() / 1_000_000n), setTimeout: (run, ms) => setTimeout(run, ms / TIMES_AS_FAST) },
  };
}

it('a store server that takes the connection and never answers is named in the log soon, and not more than once in half a minute', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  const dataDir = mkdtempSync(join(tmpdir(), 'serac-store-wait-'));
  try {
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const clock = fastClock();
    const said: { readonly atMs: number; readonly line: string }[] = [];
    const logger = createLogger('warn', { write: (line: string) => void said.push({ atMs: clock.now(), line }) });
    const config = loadConfig(null, {}, { data: dataDir, clickhouse: { url: url.replace('//', '//user:secret@') } });
    const world = { ...nodeWorld(config, { logger, environment: {}, entry: [] }), clock, random: () => 0 };
    const part = new StorePart(config, world, { onTransition: () => undefined, onConnected: () => undefined, onDoubt: () => undefined });
    const starting = part.start();
    await expect.poll(() => said.length, { interval: 5 }).toBeGreaterThan(1);
    expect(JSON.parse(said[0]!.line)).toMatchObject({ url, msg: 'waiting for the store to answer' });
    const pauses = said.slice(1).map(({ atMs }, index) => atMs - said[index]!.atMs);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(30_000 - 1_000);

    for (const socket of sockets) socket.destroy();
    await expect(starting).rejects.toThrow();
    const before = said.length;
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(said.length, 'nothing waits any longer').toBe(before);
    await part.stop(0);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
    rmSync(dataDir, { recursive: true });
  }
});
