import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { constants, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { endAll, serac, Serac } from '../support/integration/serac.js';
import { SimulatedVenue } from '../support/integration/simulated-venue.js';

let folder: Folder;
let venue: SimulatedVenue;
let config: string;

beforeAll(async () => {
  folder = temporaryFolder();
  venue = await SimulatedVenue.start(1, 200);
  config = folder.at('serac.yaml');
  writeFileSync(config, `venues: {binance: {ws: ['${venue.ws}'], rest: ['${venue.rest}']}}\n`);
});

afterAll(async () => {
  await endAll();
  folder.remove();
});

describe('serac record', () => {
  it('leaves a capture that can be read to a second before it was killed', async () => {
    const out = folder.at('killed.gz');
    const record = new Serac(['record', 'binance:BTC-USDT', '-c', config, '--out', out]);
    await expect.poll(() => existsSync(out), { timeout: 20_000 }).toBe(true);
    await sleep(5_000);
    await record.end('SIGKILL');
    const text = gunzipSync(readFileSync(out), { finishFlush: constants.Z_SYNC_FLUSH }).toString();
    expect(text.trim().split('\n').length).toBeGreaterThan(20);
  });

  it('says that the venue does not list a market', async () => {
    const args = ['record', '-c', config, '--seconds', '3', '--json'];
    const [none, one] = await Promise.all([
      serac([...args, 'binance:FOO-USDT', '--out', folder.at('none.gz')]),
      serac([...args, 'binance:BTC-USDT', 'binance:FOO-USDT', '--out', folder.at('one.gz')]),
    ]);
    for (const { code, stdout, stderr } of [none, one]) {
      expect(JSON.parse(stdout.toString())).toMatchObject({ ok: false, unlisted: ['binance:FOO-USDT'] });
      expect(stderr).toContain('binance does not list binance:FOO-USDT.');
      expect(code).toBe(1);
    }
    expect((JSON.parse(one.stdout.toString()) as { frames: number }).frames).toBeGreaterThan(10);
  });
});
