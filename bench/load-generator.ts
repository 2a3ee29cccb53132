import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { exchangeInfo } from './inputs/exchange-info.js';
import { TICK_NS, tradesPerTick } from './inputs/load-pace.js';
import { LoadTape, type LoadSpec } from './inputs/load-tape.js';

/**
 * A venue that has everything ready: `load-generator SPEC` makes the messages ahead, says its port and what it holds, and sends to
 * whoever connects to
 *   /?trades=N                 N of them, as fast as they are read;
 *   /?trades=N&rate=R&at=NS    at R a second from NS on (the monotonic clock, which all processes of a machine share), late or not;
 *   /stream                    as Binance does: after the first subscription, at the rate of the market, until its parent says `stop`,
 *                              which it answers with what it has sent.
 * It ends with its parent.
 */

/** How early before a tick sleeping ends: the kernel wakes a sleeper some 60 us late. */
const WAKE_EARLY_NS = 100_000n;
const CHUNK_MAX_FRAMES = 1_000;

/** From a subscription to the first tick. */
const LEAD_NS = 500_000_000n;

const spec = JSON.parse(process.argv[2]!) as LoadSpec;
const tape = new LoadTape(spec);
let isStopped = false;
const upgrader = new WebSocketServer({ noServer: true, perMessageDeflate: false });
const server = createServer((request, response) => {
  const isKnown = request.url?.startsWith('/api/v3/exchangeInfo') === true;
  response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' }).end(isKnown ? exchangeInfo(tape.names) : '{}');
});
const sleeper = new Int32Array(new SharedArrayBuffer(4));

server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
  const query = new URL(request.url ?? '/', 'ws://127.0.0.1').searchParams;
  const [trades, rate, at] = [Number(query.get('trades')), query.get('rate'), query.get('at')];
  stream.on('error', () => stream.destroy());
  tape.rewind();
  upgrader.handleUpgrade(request, stream, head, (socket) => {
    if (query.get('trades') === null) {
      answerSubscriptions(socket, () => sendPaced(stream, Infinity, spec.marketRate, process.hrtime.bigint() + LEAD_NS));
    } else if (rate === null) sendAll(stream, trades);
    else sendPaced(stream, trades, Number(rate), BigInt(at!));
  });
});

function answerSubscriptions(socket: WebSocket, onFirst: () => void): void {
  let isFirst = true;
  socket.on('message', (message: Buffer) => {
    const { id } = JSON.parse(message.toString()) as { id: number };
    socket.send(JSON.stringify({ result: null, id }));
    if (isFirst) onFirst();
    isFirst = false;
  });
}

/** Straight to the socket: without compression a message is its frame. */
function sendAll(stream: Duplex, trades: number): void {
  let left = trades;
  const write = (): void => {
    while (left > 0 && !stream.destroyed) {
      const { bytes, frames } = tape.take(Math.min(left, CHUNK_MAX_FRAMES));
      left -= frames;
      if (!stream.write(bytes)) return;
    }
  };
  stream.on('drain', write);
  write();
}

/** A tick's messages leave at its time, or at once where that has passed: what waits does not move the times of what follows. */
function sendPaced(stream: Duplex, trades: number, rate: number, at: bigint): void {
  const perTick = tradesPerTick(rate);
  let sent = 0;
  let blocked = false;
  const turn = (): void => {
    if (sent === trades || isStopped || stream.destroyed) return;
    sleepUntil(at + BigInt(Math.floor(sent / perTick)) * TICK_NS);
    const due = Math.min(trades, (Number((process.hrtime.bigint() - at) / TICK_NS) + 1) * perTick);
    while (sent < due && !blocked) {
      const { bytes, frames } = tape.take(Math.min(due - sent, CHUNK_MAX_FRAMES));
      sent += frames;
      blocked = !stream.write(bytes);
    }
    if (!blocked) setImmediate(turn);
  };
  stream.on('drain', () => {
    if (blocked) setImmediate(turn);
    blocked = false;
  });
  turn();
}

/** Exact to some microseconds; timers of node are to a millisecond. */
function sleepUntil(time: bigint): void {
  const early = time - process.hrtime.bigint() - WAKE_EARLY_NS;
  if (early > 0n) Atomics.wait(sleeper, 0, 0, Number(early) / 1e6);
  while (process.hrtime.bigint() < time);
}

process.on('message', () => {
  isStopped = true;
  process.send?.(tape.taken());
});
process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port, markets: tape.markets }));
