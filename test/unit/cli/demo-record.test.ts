import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { assertNoDemo, DemoRecord } from '../../../src/cli/support/demo-record.js';
import { startSimulator } from '../../../src/simulator/start-simulator.js';

const NEW = { continue: false, seed: undefined, rate: undefined };
const GO_ON = { ...NEW, continue: true };
const DEFAULTS = { seed: 7, rate: 2_000 };

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'serac-demo-record-'));
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'], now: 1_800_000_000_000 });
});

afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

/** A run of the demo's market for some time; whether its process is killed then. Returns all that the exchange has traded. */
async function run(wishes: typeof NEW, forMs: number, { isKilled }: { readonly isKilled: boolean }): Promise<readonly string[]> {
  const record = DemoRecord.open(folder, wishes, DEFAULTS);
  const { seed, rate, past, clock } = record;
  const simulator = await startSimulator({ venue: 'binance', seed, rate, past, clock });
  record.begin();
  await vi.advanceTimersByTimeAsync(700);
  record.trade(simulator.resume());
  for (let ms = 0; ms < forMs; ms += 500) {
    await vi.advanceTimersByTimeAsync(500);
    simulator.core.advance(record.clock());
  }
  const atMs = simulator.pause();
  if (isKilled) vi.clearAllTimers();
  else record.end(atMs);
  await simulator.stop();
  const { ledger } = simulator;
  return ledger.symbols().flatMap((symbol) => [...ledger.trades(symbol)].map((trade) => `${symbol} ${Object.values(trade).join(' ')}`));
}

describe('the market of a demo that goes on', () => {
  it.each([
    ['ended', false],
    ['was killed', true],
  ])('has all trades of the runs before it, the same, where the last one %s', async (_how, isKilled) => {
    let before: readonly string[] = [];
    for (const wishes of [NEW, GO_ON, GO_ON]) {
      const all = await run(wishes, 2_500, { isKilled });
      expect(new Set(all).size).toBe(all.length);
      expect(before.filter((trade) => !all.includes(trade)).length).toBe(0);
      expect(all.length).toBeGreaterThan(before.length + 100);
      before = all;
      vi.setSystemTime(Date.now() + 3_600_000);
    }
  });

  it('does not trade while it is closed', async () => {
    await run(NEW, 2_000, { isKilled: false });
    vi.setSystemTime(Date.now() + 86_400_000);
    const { past, clock, seed, rate } = DemoRecord.open(folder, GO_ON, DEFAULTS);
    const simulator = await startSimulator({ venue: 'binance', seed, rate, past, clock });
    const newest = Math.max(...[...simulator.ledger.trades('BTCUSDT')].map(({ timeUs }) => timeUs / 1_000));
    expect(newest).toBeLessThanOrEqual(past.haltedAtMs);
    await simulator.stop();
  });

  it('is not begun in a folder that holds something, and not gone on with where there is none', async () => {
    expect(() => DemoRecord.open(folder, GO_ON, DEFAULTS)).toThrow(/holds no demo to continue: omit --continue/);
    await run(NEW, 500, { isKilled: false });
    expect(readdirSync(folder)).toEqual(['demo.json']);
    expect(() => DemoRecord.open(folder, NEW, DEFAULTS)).toThrow(/holds an earlier demo \(seed 7\): continue it with --continue/);
    expect(() => DemoRecord.open(folder, { ...GO_ON, seed: 8 }, DEFAULTS)).toThrow(/--seed 8: the demo in .* uses 7/);
    expect(() => assertNoDemo(folder)).toThrow(/simulated trades of a demo/);
    writeFileSync(join(folder, 'demo.json'), '{');
    expect(() => DemoRecord.open(folder, GO_ON, DEFAULTS)).toThrow(/Cannot read .*demo\.json/);
    rmSync(join(folder, 'demo.json'));
    writeFileSync(join(folder, 'letters.txt'), 'mine');
    expect(() => DemoRecord.open(folder, GO_ON, DEFAULTS)).toThrow(/holds no demo to continue: name the folder of a demo/);
    expect(() => DemoRecord.open(folder, NEW, DEFAULTS)).toThrow(/is not empty/);
  });
});
