import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CAPTURES, capturesAreThere } from '../support/core/captures.js';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { seeded } from '../support/integration/seed.js';
import { endAll, Serac, seracJson } from '../support/integration/serac.js';
import { Stored, type Everything } from '../support/integration/stored.js';
import { effort } from '../support/effort.js';

const FILE = path.resolve(process.cwd(), '../shared/data', CAPTURES.btcFirstDay);
const KILLS = effort(3, 2);
/** At this pace the capture takes some seconds: long enough to be killed in the middle. */
const SPEED = '60';

let folder: Folder;

beforeAll(() => {
  folder = temporaryFolder();
});

afterAll(async () => {
  await endAll();
  folder.remove();
});

describe.skipIf(!capturesAreThere)('a killed replay', () => {
  it('leaves nothing behind that the next one does not find', async () => {
    const random = seeded('replay-kill');
    const killed = folder.at('killed');
    const whole = folder.at('whole');
    for (let kill = 0; kill < KILLS; kill++) {
      const replay = new Serac(['replay', FILE, '--venue', 'binance', '--data', killed, '--speed', SPEED, '--json']);
      await sleep(random.between(1_200, 3_000));
      await replay.end('SIGKILL');
    }
    // As if the last kill had come between the trades and their candles, which is rare.
    const stored = await Stored.open(killed);
    const [newest] = await stored.rows<{ open: string }>("SELECT toString(max(open_time)) AS open FROM candles WHERE interval = '1s'");
    await stored.run(`ALTER TABLE candles_data DELETE WHERE open_time < {open:DateTime} - 5 SETTINGS mutations_sync = 1`, newest);
    await stored.close();
    const again = ['replay', FILE, '--venue', 'binance', '--json', '--data'];
    expect(await seracJson([...again, killed]), `seed ${random.seed}`).toMatchObject({
      ok: true,
      missing: 0,
      duplicates: 0,
      candleMismatches: 0,
    });
    expect(await seracJson([...again, whole])).toMatchObject({ ok: true, repeated: 0 });
    expect((await everythingIn(killed)).candles, `seed ${random.seed}`).toEqual((await everythingIn(whole)).candles);
  });
});

async function everythingIn(dataDir: string): Promise<Everything> {
  const stored = await Stored.open(dataDir);
  try {
    return await stored.everything();
  } finally {
    await stored.close();
  }
}
