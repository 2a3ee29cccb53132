import { SimulatedClock } from 'xstate';
import { describe, expect, it } from 'vitest';
import { StoreActor, type StoreChild } from '../../../src/actors/store-actor.js';
import { seeded } from '../machines/socket-rig.js';

interface FakeChild extends StoreChild {
  readonly stops: number[];
  exit(signal: string | null): void;
}

function rig() {
  const clock = new SimulatedClock();
  const children: FakeChild[] = [];
  const facts: string[] = [];
  let launching: 'ready' | 'fails' | 'hangs' = 'ready';
  let ping: () => Promise<unknown> = () => Promise.resolve();
  const newChild = (): FakeChild => {
    let exit!: (end: { code: number | null; signal: string | null }) => void;
    const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => (exit = resolve));
    const child: FakeChild = {
      url: `http://127.0.0.1:${children.length + 1}`,
      pid: children.length + 1,
      exited,
      stops: [],
      stop: (deadlineMs) => void child.stops.push(deadlineMs),
      exit: (signal) => exit({ code: signal === null ? 0 : null, signal }),
    };
    children.push(child);
    return child;
  };
  const actor = new StoreActor(
    { pingEveryMs: 1_000, pingMaxMs: 500 },
    {
      clock,
      random: seeded(8),
      launch: async () => {
        await Promise.resolve();
        if (launching === 'fails') throw new Error('no engine');
        if (launching === 'hangs') await new Promise(() => undefined);
        return newChild();
      },
      ping: () => ping(),
      onFact: ({ type }) => void facts.push(type),
    },
  );
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const pass = async (ms: number): Promise<void> => {
    await settle();
    for (let left = ms; left > 0; left -= 100) {
      clock.increment(100);
      await settle();
    }
  };
  return {
    actor,
    children,
    facts,
    settle,
    pass,
    launches: (how: typeof launching) => (launching = how),
    pings: (how: typeof ping) => (ping = how),
  };
}

describe('store actor', () => {
  it('is ready with its URL, and ready again after a crash', async () => {
    const { actor, children, facts, pass } = rig();
    actor.start();
    expect(await actor.ready()).toBe('http://127.0.0.1:1');
    children[0]!.exit('SIGSEGV');
    await pass(100);
    expect(actor.state).toBe('ready');
    expect(actor.url).toBe('http://127.0.0.1:2');
    expect(facts).toEqual(['ready', 'down', 'ready']);
  });

  it('kills a child that answers no ping, and starts the next when it is gone', async () => {
    const { actor, children, pings, pass } = rig();
    actor.start();
    await actor.ready();
    pings(() => new Promise(() => undefined));
    await pass(6_000);
    expect(children[0]!.stops).toContain(0);
    expect(children).toHaveLength(1);
    pings(() => Promise.resolve());
    children[0]!.exit('SIGKILL');
    await pass(100);
    expect(children).toHaveLength(2);
    expect(actor.url).toBe('http://127.0.0.1:2');
  });

  it('keeps a child that answers', async () => {
    const { actor, children, pass } = rig();
    actor.start();
    await actor.ready();
    await pass(60_000);
    expect(actor.state).toBe('ready');
    expect(children).toHaveLength(1);
  });

  it('goes on trying slowly when it cannot be started, says so, and is there when it can', async () => {
    const { actor, facts, launches, pass } = rig();
    launches('fails');
    actor.start();
    await pass(60_000);
    expect(facts).toContain('budget.spent');
    expect(actor.reason).toBe('no engine');
    launches('ready');
    await pass(31_000);
    expect(actor.state).toBe('ready');
  });

  it('does not wait for ever for a child that does not come up', async () => {
    const { actor, launches, pass, facts } = rig();
    launches('hangs');
    actor.start();
    await pass(29_000);
    expect(facts).toEqual([]);
    launches('ready');
    await pass(2_000);
    expect(actor.state).toBe('ready');
  });

  it('stops its child with the deadline, and stays stopped', async () => {
    const { actor, children, pass } = rig();
    actor.start();
    await actor.ready();
    const stopping = actor.stop(700);
    expect(children[0]!.stops).toEqual([700]);
    children[0]!.exit(null);
    await stopping;
    await pass(10_000);
    expect(actor.state).toBe('stopped');
    expect(children).toHaveLength(1);
  });

  it('tells those who wait for it that it was stopped', async () => {
    const { actor, launches, settle } = rig();
    launches('hangs');
    actor.start();
    await settle();
    const ready = actor.ready();
    void actor.stop(100);
    await expect(ready).rejects.toMatchObject({ code: 'stopping' });
  });
});
