import { SimulatedClock } from 'xstate';
import { describe, expect, it } from 'vitest';
import { Supervisor, type Part } from '../../../src/actors/supervisor.js';

function rig(overrides: Record<string, Partial<Part>> = {}) {
  const clock = new SimulatedClock();
  const log: string[] = [];
  const failures = new Map<string, (error: unknown) => void>();
  const parts = ['store', 'sinks', 'pipeline', 'sockets'].map((name): Part => ({
    name,
    budget: { restarts: 2, withinMs: 60_000 },
    start: (failed) => {
      failures.set(name, failed);
      log.push(`start ${name}`);
    },
    stop: () => {
      log.push(`stop ${name}`);
      return Promise.resolve();
    },
    ...overrides[name],
  }));
  const supervisor = new Supervisor({ parts }, { clock, onFact: ({ type }) => log.push(type) });
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const crash = async (name: string): Promise<void> => {
    failures.get(name)!(new Error('crashed'));
    await settle();
  };
  return { supervisor, clock, log, settle, crash };
}

describe('supervisor', () => {
  it('starts the parts in order, and drains them in the reverse', async () => {
    const { supervisor, log, settle } = rig();
    supervisor.start();
    await settle();
    expect(log).toEqual(['start store', 'start sinks', 'start pipeline', 'start sockets', 'running']);
    log.length = 0;
    expect(await supervisor.stop()).toEqual({ exitCode: 0, reason: '' });
    expect(log).toEqual(['stop sockets', 'stop pipeline', 'stop sinks', 'stop store', 'ended']);
  });

  it('starts a part again that failed, within its budget', async () => {
    const { supervisor, log, settle, crash } = rig();
    supervisor.start();
    await settle();
    log.length = 0;
    await crash('sinks');
    await crash('sinks');
    expect(log).toEqual(['start sinks', 'start sinks']);
  });

  it('drains and ends non-zero when the budget of a part is spent', async () => {
    const { supervisor, settle, crash } = rig();
    supervisor.start();
    await settle();
    for (let failure = 0; failure < 3; failure++) await crash('pipeline');
    expect(await supervisor.ended).toEqual({ exitCode: 1, reason: 'pipeline failed too often: crashed' });
  });

  it('forgives failures that are far apart', async () => {
    const { supervisor, settle, crash, clock, log } = rig();
    supervisor.start();
    await settle();
    for (let failure = 0; failure < 10; failure++) {
      await crash('pipeline');
      clock.increment(31_000);
    }
    expect(log.at(-1)).toBe('start pipeline');
    expect(log).not.toContain('ended');
  });

  it('goes on without a part that is not essential', async () => {
    const { supervisor, settle, crash, log } = rig({ store: { essential: false } });
    supervisor.start();
    await settle();
    for (let failure = 0; failure < 3; failure++) await crash('store');
    expect(log).toContain('part.abandoned');
    expect(log).not.toContain('ended');
  });

  it('ends non-zero when a part cannot start', async () => {
    const { supervisor } = rig({ sinks: { start: () => Promise.reject(new Error('no address')) } });
    supervisor.start();
    expect(await supervisor.ended).toMatchObject({ exitCode: 1, reason: 'sinks failed too often: no address' });
  });

  it('leaves a part behind that does not stop in time, and says so', async () => {
    const { supervisor, clock, log, settle } = rig({ sinks: { stop: () => new Promise(() => undefined) } });
    supervisor.start();
    await settle();
    const ended = supervisor.stop();
    await settle();
    clock.increment(5_000);
    expect(await ended).toEqual({ exitCode: 1, reason: 'sinks did not stop in time' });
    expect(log.at(-2)).toBe('stop store');
  });

  it('ends at once at the second signal', async () => {
    const { supervisor, settle } = rig({ sockets: { stop: () => new Promise(() => undefined) } });
    supervisor.start();
    await settle();
    void supervisor.stop();
    expect((await supervisor.stop()).exitCode).toBe(1);
  });

  it('stops what was started when it is told to in the middle of starting', async () => {
    const { supervisor, log, settle } = rig({ pipeline: { start: () => new Promise(() => undefined) } });
    supervisor.start();
    await settle();
    log.length = 0;
    await supervisor.stop();
    expect(log).toEqual(['stop pipeline', 'stop sinks', 'stop store', 'ended']);
  });

  it('is over once: what comes after the end changes nothing', async () => {
    const { supervisor, settle, crash } = rig();
    supervisor.start();
    await settle();
    const ending = await supervisor.stop();
    await crash('sinks');
    expect(await supervisor.stop()).toBe(ending);
  });
});
