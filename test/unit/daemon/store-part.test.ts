import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { nodeWorld } from '../../../src/daemon/node-world.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { StorePart } from '../../../src/daemon/store-part.js';
import { MISSING_MAX_MS } from '../../../src/daemon/store-watch.js';
import { systemClock } from '../../../src/daemon/system-clock.js';
import type { SlewedClock } from '../../../src/domain/clock.js';
import { connectClickHouse } from '../../../src/store/connect-clickhouse.js';
import { logged } from '../../support/core/logged.js';
import { startStore, temporaryFolder } from '../../support/store-process.js';

/** A look every 250 ms instead of every 5 s. */
const FASTER = 20;
/** Some looks. */
const LOOKS_MS = 1_000;
const WAIT = { timeout: 10_000, interval: 50 };

it('a rotated secret is no bar to mending a store; looks that go on failing are in readiness, and once in the log', async () => {
  const folder = temporaryFolder();
  const store = await startStore(folder.path);
  const passwordFile = join(folder.path, 'password');
  writeFileSync(passwordFile, store.password);
  const { logger, lines } = logged();
  let doubts = 0;
  const machine = systemClock();
  let aheadMs = 0;
  const clock: SlewedClock = {
    ...machine,
    now: () => machine.now() + aheadMs,
    setTimeout: (run, delayMs) => machine.setTimeout(run, delayMs / FASTER),
  };
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

    writeFileSync(passwordFile, rotated);
    await expect.poll(() => part.isOk, WAIT).toBe(true);
    expect(failed()).toHaveLength(1);

    const saidOf = (text: string): number => lines.filter(({ msg }) => String(msg).includes(text)).length;
    for (const [query, back] of [
      ['DROP TABLE serac.gaps', 'UNDROP TABLE serac.gaps'],
      ['RENAME TABLE serac.candles_data TO serac.saved', 'RENAME TABLE serac.saved TO serac.candles_data'],
      ['DETACH TABLE serac.trades_data', 'ATTACH TABLE serac.trades_data'],
    ] as const) {
      const [gone, again] = [saidOf('a table is missing'), saidOf('there again')];
      await admin.command({ query });
      await expect.poll(() => part.isOk, WAIT).toBe(false);
      expect(part.detail).toContain('is missing: bring it back (UNDROP TABLE, RENAME TABLE, ATTACH TABLE) within 8 minutes');
      await sleep(LOOKS_MS);
      await admin.command({ query: back });
      await expect.poll(() => part.isOk, WAIT).toBe(true);
      expect([saidOf('a table is missing'), saidOf('there again')]).toEqual([gone + 1, again + 1]);
    }
    expect(doubts, 'nothing is lost').toBe(0);

    await admin.command({ query: 'DROP TABLE serac.gaps' });
    await expect.poll(() => part.isOk, WAIT).toBe(false);
    aheadMs = MISSING_MAX_MS;
    await expect.poll(() => part.isOk && doubts > 0, WAIT).toBe(true);
    expect(await part.damage.hasTrouble(part.connection), 'the table is there again').toBe(false);
    expect(saidOf('its rows are lost')).toBe(1);
  } finally {
    await part.stop(1_000);
    await admin.close();
    await store.stop();
    folder.remove();
  }
});
