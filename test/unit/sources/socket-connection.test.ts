import { describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import { coinbase } from '../../../src/exchanges/coinbase/index.js';
import { kraken } from '../../../src/exchanges/kraken/index.js';
import type { Venue } from '../../../src/exchanges/venue.js';
import { ConnectionLimiter, connectionLimits, messageLimits } from '../../../src/sources/websocket/connection-limiter.js';
import type { DialHandlers } from '../../../src/sources/websocket/dial.js';
import { SocketConnection } from '../../../src/sources/websocket/socket-connection.js';

function rig(venue: Venue, clock = new SimulatedClock(), messages: ConnectionLimiter | null = null, sent: unknown[] = []) {
  const acknowledged: string[] = [];
  const refused: string[] = [];
  let handlers: DialHandlers | undefined;
  const nothing = (): void => undefined;
  const connection: SocketConnection = new SocketConnection(
    {
      ...{ connectionId: 1, url: 'wss://venue', venue, activityEveryMs: 1_000 },
      subscriptions: { messagesPerSecond: venue.limits.messagesPerSecond, batchMax: 50, answerMaxMs: 10_000, unansweredMax: 3 },
    },
    {
      clock,
      dial: (_, given) => {
        handlers = given;
        const send = (message: string): void => void sent.push(JSON.parse(message));
        return { send, ping: nothing, close: nothing, terminate: nothing, pause: nothing, resume: nothing, bufferedBytes: 0 };
      },
      limiter: new ConnectionLimiter(connectionLimits(venue.limits), clock),
      messages,
      nowNs: () => 0n,
      turns: { afterChunk: nothing, afterTurn: nothing },
    },
    {
      ...{ onStarted: nothing, onLost: nothing, onActivity: nothing, onFrames: nothing, onOversized: nothing },
      ...{ onSettled: nothing, onDeaf: nothing },
      onOpened: () => connection.want(['BTC-USD', 'ETH-USD']),
      onAcknowledged: (symbols) => void acknowledged.push(...symbols),
      onRefused: (symbol) => void refused.push(symbol),
    },
  );
  handlers!.onOpen();
  return { clock, sent, acknowledged, refused, connection, handlers: handlers! };
}

describe('a connection', () => {
  it('says no more in a second, with all others of its venue, than a venue takes that counts them together', () => {
    const clock = new SimulatedClock();
    const messages = new ConnectionLimiter(messageLimits(coinbase.limits)!, clock);
    const sent: unknown[] = [];
    for (let connection = 0; connection < 10; connection++) rig(coinbase, clock, messages, sent);
    const sentAt: number[] = [];
    for (let atMs = 0; atMs < 5_000; atMs += 10) {
      while (sentAt.length < sent.length) sentAt.push(atMs);
      clock.increment(10);
    }
    // The network may press together what was said in 1.1 s.
    const most = Math.max(...sentAt.map((from) => sentAt.filter((at) => at >= from && at < from + 1_100).length));
    expect(most).toBeLessThanOrEqual(coinbase.limits.messagesPerSecond);
    // Greetings and subscriptions of all ten.
    expect(sent).toHaveLength(20);
  });

  it('greets the venue before it subscribes', () => {
    const { sent } = rig(coinbase);
    expect(sent).toMatchObject([{ channel: 'heartbeats' }, { channel: 'market_trades', product_ids: ['BTC-USD', 'ETH-USD'] }]);
  });

  it('says what keeps it alive again and again, until its end', () => {
    const { sent, clock, handlers, connection } = rig(kraken);
    connection.control({ type: 'acknowledged', requestId: 1 });
    sent.length = 0;
    for (let times = 0; times < 3; times++) clock.increment(kraken.keepAlive!.everyMs);
    expect(sent).toEqual([1, 2, 3].map(() => ({ method: 'ping', req_id: 0 })));
    handlers.onEnd({ kind: 'closed', code: 1_000, reason: '' });
    clock.increment(10 * kraken.keepAlive!.everyMs);
    expect(sent).toHaveLength(3);
  });

  it('knows the symbols that the venue answers for by its own names', () => {
    const { connection, acknowledged, refused } = rig(kraken);
    connection.control({ type: 'acknowledged', requestId: 1, venueSymbols: ['ETH/USD'] });
    connection.control({ type: 'acknowledged', requestId: 1, venueSymbols: ['FOO/BAR'] });
    expect(acknowledged).toEqual(['ETH-USD']);
    connection.control({ type: 'refused', requestId: 1, reason: 'not supported', venueSymbols: ['BTC/USD'] });
    expect(refused).toEqual(['BTC-USD']);
  });
});
