import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LoopDelay } from '../../../src/daemon/node-time.js';

const EVERY_MS = 200;

function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe('delay of the event loop', () => {
  it('tells a loop that was blocked between two looks', async () => {
    const delay = new LoopDelay(EVERY_MS);
    delay.start();
    await sleep(50);
    block(400);
    await sleep(50);
    expect(delay.take()).toBeGreaterThan(250);
    delay.stop();
  });

  it('tells one that was blocked from one look to the next', async () => {
    const delay = new LoopDelay(EVERY_MS);
    delay.start();
    await sleep(50);
    delay.take();
    block(EVERY_MS + 400);
    expect(delay.take()).toBeGreaterThan(350);
    delay.stop();
  });
});
