import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { nodeWorld } from '../../../src/daemon/node-world.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { StorePart } from '../../../src/daemon/store-part.js';
import { systemClock } from '../../../src/daemon/system-clock.js';
import type { SlewedClock } from '../../../src/domain/clock.js';
import { connectClickHouse } from '../../../src/store/connect-clickhouse.js';
import { logged } from '../../support/core/logged.js';
import { startStore, temporaryFolder } from '../../support/store-process.js';

/** A look every 250 ms instead of every 5 s. */
const FASTER = 20;
const WAIT = { timeout: 10_000, interval: 50 };

it('a rotated secret is no bar to mending a store; looks that go on failing are in readiness, and once in the log', async () => {
  const folder = temporaryFolder();
  const store = await startStore(folder.path);
  const passwordFile = join(folder.path, 'password');
  writeFileSync(passwordFile, store.password);
  const { logger, lines } = logged();
  let doubts = 0;
  const machine = systemClock();
  const clock: SlewedClock = { ...machine, setTimeout: (run, delayMs) => machine.setTimeout(run, delayMs / FASTER) };
  const config = loadConfig(null, {}, { data: folder.path, clickhouse: { url: store.url, username: 'default', passwordFile } });
  const world = { ...nodeWorld(config, { logger, environment: {}, entry: [] }), clock };
  const part = new StorePart(config, world, { onTransition: () => undefined, onConnected: () => undefined, onDoubt: () => (doubts += 1) });
  const rotated = '5'.repeat(64);
  const admin = connectClickHouse({ ...store, password: rotated, database: 'default' });
  const failed = (): unknown[] => lines.filter(({ msg }) => String(msg).includes('could not check the store for damage'));
  try {
    await part.start();
    expect(part).toMatchObject({ isOk: true, detail: 'ready' });

    const control = join(folder.path, 'control');
    mkdirSync(control);
    await expect.poll(() => part.isOk, WAIT).toBe(false);
    rmdirSync(control);
    await expect.poll(() => part.isOk, WAIT).toBe(true);
    expect(lines.filter(({ msg }) => String(msg).includes('can be read and written again'))).toHaveLength(1);

    writeFileSync(store.secretFile, `${rotated}\n`);
    await expect
      .poll(
        () =>
          admin.query({ query: 'SELECT 1' }).then(
            () => true,
            () => false,
          ),
        WAIT,
      )
      .toBe(true);
    await expect.poll(() => part.isOk, WAIT).toBe(false);
    expect(part.detail).toMatch(/the check for damage failed \d+ times: .*Authentication failed/);
    expect(failed()).toHaveLength(1);

    await admin.command({ query: 'DROP TABLE serac.gaps' });
    writeFileSync(passwordFile, rotated);
    await expect.poll(() => part.isOk && doubts > 0, WAIT).toBe(true);
    expect(await part.damage.hasTrouble(part.connection), 'the table is there again').toBe(false);
    expect(failed()).toHaveLength(1);
  } finally {
    await part.stop(1_000);
    await admin.close();
    await store.stop();
    folder.remove();
  }
});
