import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ScriptedVenue, runVenue } from './scripted-venue.js';

let server: ScriptedVenue;
let running: ReturnType<typeof runVenue> | undefined;

beforeEach(async () => {
  server = await new ScriptedVenue().listen();
});
afterEach(async () => {
  await running?.actor.stop(200);
  running = undefined;
  await server.close();
});

function run(symbols: readonly string[], options?: Parameters<typeof runVenue>[2], hosts: readonly string[] = [server.url]) {
  running = runVenue(hosts, symbols, options);
  return running;
}

const until = (what: () => void): Promise<void> => vi.waitFor(what, { timeout: 8_000, interval: 10 });
/** Counts trades as who reads the blocks does. */
function count(symbol: string, trades: number, lastTradeId: number, lastEventTime: number, atMs: number): void {
  const { actor } = running!;
  const feed = actor.feed(symbol)!;
  if (actor.tallies.count(feed.place, trades, lastTradeId, lastEventTime, atMs)) feed.tradesCame();
}

const connectionOf = (symbol: string): string | undefined => running!.actor.report(symbol)?.connection;
/** Symbols whose trades arrive, as who lets time pass for them is told. */
const liveOf = (): string[] => [...running!.actor.feeds()].filter(({ liveOn }) => liveOn !== null).map(({ symbol }) => symbol);
const untilLive = (...symbols: string[]): Promise<void> =>
  until(() => expect(symbols.map(connectionOf)).toEqual(symbols.map(() => 'live')));

describe('venue actor on a real WebSocket', () => {
  it('is live when the venue has acknowledged, and delivers the bytes that were sent', async () => {
    const { actor, texts } = run(['BTC-USDT']);
    expect(liveOf()).toEqual([]);
    await untilLive('BTC-USDT');
    server.publish('btcusdt@trade', '{"trade":"ü"}');
    await until(() => expect(texts).toContain('{"trade":"ü"}'));
    expect(liveOf()).toEqual(['BTC-USDT']);
    expect(actor.report('BTC-USDT')).toMatchObject({ continuity: 'unknown', degradation: 'normal', suspension: null });
  });

  it('puts the messages of a chunk into one block with one time', async () => {
    const { blocks } = run(['BTC-USDT']);
    await untilLive('BTC-USDT');
    blocks.length = 0;
    const messages = Array.from({ length: 300 }, (_, index) => `{"n":${index}}`);
    server.burst(server.sockets[0]!, messages);
    await until(() => expect(blocks.reduce((sum, { count }) => sum + count, 0)).toBe(300));
    // The first blocks are small, as the connection was quiet: they grow to the size of the chunk.
    expect(blocks.length).toBeLessThan(10);
    expect(new Set(blocks.flatMap(({ receiveTime, count }) => [...receiveTime.subarray(0, count)])).size).toBeLessThan(4);
    blocks.length = 0;
    server.burst(server.sockets[0]!, messages);
    await until(() => expect(blocks.reduce((sum, { count }) => sum + count, 0)).toBe(300));
    expect(blocks.length).toBeLessThanOrEqual(2);
  });

  it('tells the feeds of a connection that frames of it never came, and nobody else', async () => {
    const { actor, steps } = run(['BTC-USDT', 'ETH-USDT'], { streamsPerSocket: 1 });
    await untilLive('BTC-USDT', 'ETH-USDT');
    for (const symbol of ['BTC-USDT', 'ETH-USDT']) count(symbol, 1, 1, 1, 1);
    const { connectionId } = actor.report('ETH-USDT')!;
    expect(actor.framesLost(connectionId!, { first: 3, last: 9, count: 4 })).toEqual(['ETH-USDT']);
    expect([actor.report('BTC-USDT')!.continuity, actor.report('ETH-USDT')!.continuity]).toEqual(['contiguous', 'unproven']);
    expect(steps.filter(({ transition }) => transition.event === 'frames.lost')).toMatchObject([
      {
        ...{ exchange: 'binance', machine: 'socket', subject: '1' },
        transition: { from: 'open', to: 'open', changed: { lostFrames: [null, { connectionId, first: 3, last: 9, count: 4 }] } },
      },
      { machine: 'feed', subject: 'ETH-USDT', transition: { from: 'contiguous', to: 'unproven' } },
    ]);
  });

  it('reconnects a socket that is silent, although its connection is open', async () => {
    const { actor, steps } = run(['BTC-USDT', 'ETH-USDT'], { socket: { silenceMaxMs: 200 } });
    await untilLive('BTC-USDT', 'ETH-USDT');
    const first = actor.report('BTC-USDT')!.connectionId;
    server.sockets[0]!.pause();
    await until(() => expect(actor.report('BTC-USDT')!.connectionId).not.toBe(first));
    await untilLive('BTC-USDT', 'ETH-USDT');
    expect(
      steps.some(({ machine, subject, transition }) => machine === 'feed' && subject === 'BTC-USDT' && transition.to === 'stale'),
    ).toBe(true);
  });

  it('keeps a quiet socket that answers', async () => {
    const { actor } = run(['BTC-USDT'], { socket: { silenceMaxMs: 100 } });
    await untilLive('BTC-USDT');
    const first = actor.report('BTC-USDT')!.connectionId;
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(actor.report('BTC-USDT')).toMatchObject({ connection: 'live', connectionId: first });
  });

  it('makes the next connection before it breaks one that the venue will shut down, and loses nothing', async () => {
    const { actor, texts } = run(['BTC-USDT', 'ETH-USDT']);
    await untilLive('BTC-USDT', 'ETH-USDT');
    const first = actor.report('BTC-USDT')!.connectionId;
    server.fewestOpen = 1;
    let sent = 0;
    const publishing = setInterval(() => server.publish('btcusdt@trade', `{"n":${sent++}}`), 2);
    server.sockets[0]!.send('{"e":"serverShutdown","E":1}');
    await until(() => expect(actor.report('ETH-USDT')!.connectionId).not.toBe(first));
    await untilLive('BTC-USDT', 'ETH-USDT');
    clearInterval(publishing);
    await until(() => expect(new Set(texts.filter((text) => text.startsWith('{"n"'))).size).toBe(sent));
    expect(server.fewestOpen).toBe(1);
    await until(() => expect(server.sockets).toHaveLength(1));
    const lost = actor.report('BTC-USDT')!.transitions.filter(({ event }) => event === 'socket.lost');
    expect(lost).toEqual([]);
  });

  it('waits as long as a refused handshake says, and shows it', async () => {
    server.refusals.push('HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n');
    const startedAt = performance.now();
    const { actor } = run(['BTC-USDT']);
    await until(() => expect(actor.report('BTC-USDT')!.suspension).toMatchObject({ kind: 'banned' }));
    await untilLive('BTC-USDT');
    expect(performance.now() - startedAt).toBeGreaterThan(1_000);
    expect(server.handshakes).toBe(2);
  });

  it('is not held up by what one host says of itself: the next one is tried', async () => {
    const other = await new ScriptedVenue().listen();
    server.refusals.push(...Array<string>(5).fill('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n'));
    const { actor } = run(['BTC-USDT'], {}, [server.url, other.url]);
    await until(() => expect(actor.report('BTC-USDT')!.connection).toBe('live'));
    expect([server.handshakes, other.handshakes]).toEqual([1, 1]);
    expect(actor.report('BTC-USDT')!.transitions.map(({ to }) => to)).not.toContain('suspended');
    await actor.stop(500);
    await other.close();
  });

  it('waits as its hosts say where each of them says so', async () => {
    server.refusals.push('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n');
    const startedAt = performance.now();
    const { actor } = run(['BTC-USDT']);
    await untilLive('BTC-USDT');
    expect(performance.now() - startedAt).toBeGreaterThan(1_000);
    expect(actor.report('BTC-USDT')!.transitions.map(({ to }) => to)).not.toContain('suspended');
  });

  it('tries at once again when a ban is lifted by request', async () => {
    server.refusals.push('HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n');
    const { actor } = run(['BTC-USDT', 'ETH-USDT']);
    await until(() => expect(actor.report('BTC-USDT')!.suspension).toMatchObject({ kind: 'banned' }));
    expect(server.handshakes).toBe(1);
    actor.resumeFeed('BTC-USDT');
    // All feeds of the socket come back with it.
    await untilLive('BTC-USDT', 'ETH-USDT');
    expect(server.handshakes).toBe(2);
  });

  it('tries at once again when a reconnect is requested while it waits', async () => {
    server.refusals.push('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n');
    const { actor } = run(['BTC-USDT']);
    await until(() => expect(actor.report('BTC-USDT')!.trouble).toMatchObject({ cause: 'HTTP 503' }));
    actor.reconnect('BTC-USDT');
    await untilLive('BTC-USDT');
    expect(server.handshakes).toBe(2);
  });

  it('tells each cause for which there is no connection, in what it reports and in its history', async () => {
    server.refusals.push(...Array<string>(3).fill('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'));
    const { actor, links } = run(['BTC-USDT']);
    await until(() =>
      expect(actor.report('BTC-USDT')!.trouble).toMatchObject({ cause: 'HTTP 403', reason: 'handshake refused with status 403' }),
    );
    await untilLive('BTC-USDT');
    server.sockets[0]!.close(1012, 'restart');
    await until(() => expect(links.map((fact) => ('cause' in fact ? fact.cause : fact.type)).join()).toContain('open,close 1012'));
    await untilLive('BTC-USDT');
    const { transitions, trouble } = actor.report('BTC-USDT')!;
    expect(trouble).toBeNull();
    expect(transitions.flatMap(({ changed }) => ('trouble' in changed ? [changed['trouble'][1]] : []))).toMatchObject([
      { cause: 'HTTP 403' },
      null,
      { cause: 'close 1012', reason: 'closed with code 1012: restart' },
      null,
    ]);
    expect(links.map((fact) => ('cause' in fact ? fact.cause : fact.type))).toEqual([
      ...['HTTP 403', 'HTTP 403', 'HTTP 403', 'open', 'close 1012', 'open'],
    ]);
  });

  it('goes to the next host when one does not answer', async () => {
    const dead = await new ScriptedVenue().listen();
    const { url } = dead;
    await dead.close();
    run(['BTC-USDT'], {}, [url, server.url]);
    await untilLive('BTC-USDT');
  });

  it('suspends a symbol that the venue refuses, and has the others live', async () => {
    server.refused.add('nousdt@trade');
    const { actor } = run(['BTC-USDT', 'NO-USDT', 'ETH-USDT', 'SOL-USDT']);
    await untilLive('BTC-USDT', 'ETH-USDT', 'SOL-USDT');
    await until(() => expect(connectionOf('NO-USDT')).toBe('suspended'));
    expect(actor.report('NO-USDT')!.suspension).toMatchObject({ kind: 'refused', reason: 'Invalid request: unknown stream' });
    server.refused.clear();
    actor.resumeFeed('NO-USDT');
    await untilLive('NO-USDT');
  });

  it('subscribes again when no acknowledgement comes', async () => {
    server.unanswered = 1;
    run(['BTC-USDT']);
    await untilLive('BTC-USDT');
    expect(server.messages).toHaveLength(2);
  });

  it('reports a frame that is too large, and comes back', async () => {
    const { actor, rejects } = run(['BTC-USDT']);
    await untilLive('BTC-USDT');
    const first = actor.report('BTC-USDT')!.connectionId;
    server.sockets[0]!.send('x'.repeat(100_000));
    await until(() => expect(actor.report('BTC-USDT')!.connectionId).not.toBe(first));
    await untilLive('BTC-USDT');
    expect(rejects).toMatchObject([{ reason: 'oversized_frame', exchange: 'binance', connectionId: first }]);
  });

  it('shares sockets by their capacity, and adds and removes feeds while it runs', async () => {
    const symbols = ['A', 'B', 'C', 'D', 'E'].map((base) => `${base}-USDT`);
    const { actor } = run(symbols, { streamsPerSocket: 2 });
    await untilLive(...symbols);
    expect(server.sockets).toHaveLength(3);
    actor.add('F-USDT');
    await untilLive('F-USDT');
    expect([...server.streams.values()].map(({ size }) => size)).toEqual([2, 2, 2]);
    await Promise.all([actor.remove('A-USDT'), actor.remove('B-USDT')]);
    await until(() => expect(server.sockets).toHaveLength(2));
    expect(actor.reports().map(({ symbol }) => symbol)).toEqual(['C-USDT', 'D-USDT', 'E-USDT', 'F-USDT']);
    expect(liveOf()).not.toContain('A-USDT');
  });

  it('has one connection at a time, whatever storm of reconnects is asked for', async () => {
    const symbols = ['A', 'B', 'C', 'D'].map((base) => `${base}-USDT`);
    const { actor } = run(symbols);
    await untilLive(...symbols);
    for (let round = 0; round < 20; round++) for (const symbol of symbols) actor.reconnect(symbol);
    await untilLive(...symbols);
    await until(() => expect(server.sockets).toHaveLength(1));
    expect(server.handshakes).toBe(2);
  });

  it('closes a socket that stays paused, says what is owed, and is live again when it is resumed', async () => {
    const { actor, sheds, texts } = run(['BTC-USDT'], { socket: { pauseMaxMs: 150 } });
    await untilLive('BTC-USDT');
    actor.pause();
    await new Promise((resolve) => setTimeout(resolve, 50));
    server.publish('btcusdt@trade', '{"n":1}');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(texts).not.toContain('{"n":1}');
    await until(() => expect(sheds).toMatchObject([{ symbol: 'BTC-USDT', phase: 'began', cause: 'paused' }]));
    expect(liveOf()).toEqual([]);
    actor.resume();
    await untilLive('BTC-USDT');
  });

  it('loses nothing in a pause that ends in time', async () => {
    const { actor, texts } = run(['BTC-USDT']);
    await untilLive('BTC-USDT');
    actor.pause();
    for (let n = 0; n < 1_000; n++) server.publish('btcusdt@trade', `{"n":${n}}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    actor.resume();
    await until(() => expect(texts.filter((text) => text.startsWith('{"n"'))).toHaveLength(1_000));
  });

  it('unsubscribes cheap feeds under pressure, keeps dear ones, and brings them back', async () => {
    const { actor, sheds } = run(['BTC-USDT'], {
      feeds: [
        { symbol: 'BTC-USDT', tier: 1 },
        { symbol: 'LOW-USDT', tier: 3 },
      ],
    });
    await untilLive('BTC-USDT', 'LOW-USDT');
    actor.pressure(3, false);
    await until(() => expect([...server.streams.values()].map((streams) => [...streams])).toEqual([['btcusdt@trade']]));
    expect(sheds).toMatchObject([{ symbol: 'LOW-USDT', phase: 'began', cause: 'pressure' }]);
    expect(liveOf()).toEqual(['BTC-USDT']);
    actor.pressure(0, false);
    await untilLive('LOW-USDT');
    expect(sheds.at(-1)).toMatchObject({ phase: 'ended' });
  });

  it('unsubscribes a feed that is paused, keeps the others, and has it back when it is resumed', async () => {
    const { actor, sheds } = run(['BTC-USDT', 'ETH-USDT']);
    await untilLive('BTC-USDT', 'ETH-USDT');
    actor.pauseFeed('ETH-USDT');
    await until(() => expect([...server.streams.values()].map((streams) => [...streams])).toEqual([['btcusdt@trade']]));
    expect(sheds).toMatchObject([{ symbol: 'ETH-USDT', phase: 'began', cause: 'request' }]);
    expect(actor.report('ETH-USDT')).toMatchObject({ connection: 'suspended', suspension: { kind: 'paused' } });
    actor.resumeFeed('ETH-USDT');
    await untilLive('BTC-USDT', 'ETH-USDT');
    expect(sheds.at(-1)).toMatchObject({ phase: 'ended', cause: 'request' });
    expect(server.handshakes).toBe(1);
  });

  it('weighs a feed by its new tier at once', async () => {
    const { actor } = run(['BTC-USDT', 'ETH-USDT']);
    await untilLive('BTC-USDT', 'ETH-USDT');
    actor.pressure(3, false);
    actor.setTier('ETH-USDT', 3);
    expect([liveOf(), actor.report('ETH-USDT')!.tier]).toEqual([['BTC-USDT'], 3]);
    actor.setTier('ETH-USDT', 1);
    await untilLive('ETH-USDT');
  });

  it('counts trades, and takes the first one on a connection for news of its continuity', async () => {
    const { actor } = run(['BTC-USDT']);
    await untilLive('BTC-USDT');
    expect(actor.report('BTC-USDT')).toMatchObject({ continuity: 'unknown', trades: 0, lastTradeId: null, lastTradeAtMs: null });
    count('BTC-USDT', 10, 10, 5, 1_000);
    count('BTC-USDT', 5, 15, 6, 2_000);
    expect(actor.report('BTC-USDT')).toMatchObject({ continuity: 'contiguous', trades: 15, lastTradeId: '15' });
    expect(actor.report('BTC-USDT')).toMatchObject({ lastEventTime: 6, lastTradeAtMs: 2_000 });
    actor.fact('BTC-USDT', { type: 'gap.opened', holes: 1 });
    expect(actor.report('BTC-USDT')).toMatchObject({ continuity: 'gap' });
  });

  it('stops once, hands out the last frames and leaves no connection', async () => {
    const { actor, texts } = run(['BTC-USDT', 'ETH-USDT']);
    await untilLive('BTC-USDT', 'ETH-USDT');
    for (let n = 0; n < 10; n++) server.publish('btcusdt@trade', `{"n":${n}}`);
    await Promise.all([actor.stop(500), actor.stop(500)]);
    const frames = texts.length;
    expect(texts.at(-1)).toBe('{"n":9}');
    expect(actor.reports().map(({ connection }) => connection)).toEqual(['stopped', 'stopped']);
    await until(() => expect(server.sockets).toHaveLength(0));
    expect(texts).toHaveLength(frames);
  });
});
