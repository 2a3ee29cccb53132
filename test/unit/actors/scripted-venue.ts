import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { LinkFact } from '../../../src/actors/socket-actor.js';
import type { MachineStep, ShedFact, VenueActorOptions, VenueActorPorts } from '../../../src/actors/venue-actor-types.js';
import { VenueActor } from '../../../src/actors/venue-actor.js';
import { systemClock } from '../../../src/daemon/system-clock.js';
import type { FrameBlock } from '../../../src/domain/frame-block.js';
import type { Reject } from '../../../src/domain/reject.js';
import { binance } from '../../../src/exchanges/binance/index.js';
import type { Control } from '../../../src/exchanges/venue.js';
import { dialWebSocket } from '../../../src/sources/websocket/dial-websocket.js';
import { seeded } from '../machines/socket-rig.js';

interface ControlMessage {
  readonly method: 'SUBSCRIBE' | 'UNSUBSCRIBE';
  readonly params: readonly string[];
  readonly id: number;
}

/** A WebSocket server on loopback that answers as Binance does, and misbehaves as a test tells it. */
export class ScriptedVenue {
  readonly #server: Server = createServer();
  readonly #webSockets = new WebSocketServer({ noServer: true });
  readonly #wires = new Map<WebSocket, Duplex>();
  readonly streams = new Map<WebSocket, Set<string>>();
  readonly messages: ControlMessage[] = [];
  handshakes = 0;
  /** Streams whose subscription is refused. */
  readonly refused = new Set<string>();
  /** So many of the next subscriptions get no answer. */
  unanswered = 0;
  /** Answer of the next handshakes instead of an upgrade. */
  readonly refusals: string[] = [];
  fewestOpen = Infinity;

  constructor() {
    this.#server.on('upgrade', (request: IncomingMessage, wire: Socket, head: Buffer) => {
      this.handshakes += 1;
      const refusal = this.refusals.shift();
      if (refusal !== undefined) wire.end(refusal);
      else this.#webSockets.handleUpgrade(request, wire, head, (socket) => this.#connected(socket, wire));
    });
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get sockets(): WebSocket[] {
    return [...this.streams.keys()];
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Sends a message on each connection that carries the stream. */
  publish(stream: string, message: string): void {
    for (const [socket, streams] of this.streams) if (streams.has(stream)) socket.send(message);
  }

  /** Sends messages so that they leave in as few chunks as they can. */
  burst(socket: WebSocket, messages: readonly string[]): void {
    const wire = this.#wires.get(socket)!;
    wire.cork();
    for (const message of messages) socket.send(message);
    wire.uncork();
  }

  #connected(socket: WebSocket, wire: Duplex): void {
    this.streams.set(socket, new Set());
    this.#wires.set(socket, wire);
    socket.on('message', (data: Buffer) => this.#answer(socket, JSON.parse(data.toString()) as ControlMessage));
    socket.on('close', () => {
      this.streams.delete(socket);
      this.fewestOpen = Math.min(this.fewestOpen, this.streams.size);
    });
  }

  #answer(socket: WebSocket, message: ControlMessage): void {
    this.messages.push(message);
    const streams = this.streams.get(socket)!;
    if (message.params.some((stream) => this.refused.has(stream))) {
      socket.send(JSON.stringify({ code: 2, msg: 'Invalid request: unknown stream', id: message.id }));
      return;
    }
    if (this.unanswered > 0) {
      this.unanswered -= 1;
      return;
    }
    for (const stream of message.params) {
      if (message.method === 'SUBSCRIBE') streams.add(stream);
      else streams.delete(stream);
    }
    socket.send(JSON.stringify({ result: null, id: message.id }));
  }
}

/** A venue actor against such servers, with short times, and what came out of it. */
export function runVenue(hosts: readonly string[], symbols: readonly string[], options: Partial<VenueActorOptions> = {}) {
  const clock = systemClock();
  const steps: MachineStep[] = [];
  const rejects: Reject[] = [];
  const sheds: ShedFact[] = [];
  const links: LinkFact[] = [];
  const blocks: FrameBlock[] = [];
  const texts: string[] = [];
  const ports: VenueActorPorts = {
    clock,
    nowNs: clock.nowNs,
    random: seeded(1),
    dial: dialWebSocket({ nowMs: () => Date.now(), frameMaxBytes: 64 * 1_024 }),
    onFrames: (block) => {
      blocks.push(block.keep());
      for (let index = 0; index < block.count; index++) {
        const text = Buffer.from(block.frame(index)).toString();
        texts.push(text);
        const control = controlOf(text);
        if (control !== null) actor.controls({ connectionId: block.connectionId, controls: [control] });
      }
    },
    onStep: (step) => void steps.push(step),
    onReject: (reject) => void rejects.push(reject),
    onLink: (_socket, fact) => void links.push(fact),
    onShed: (fact) => void sheds.push(fact),
  };
  const actor = new VenueActor(
    {
      venue: binance,
      feeds: symbols.map((symbol) => ({ symbol, tier: 1 })),
      hosts,
      subscriptions: { messagesPerSecond: 1_000, answerMaxMs: 300 },
      ...options,
      socket: { backoff: { minMs: 20, maxMs: 100 }, overlapMs: 50, silenceMaxMs: 5_000, activityEveryMs: 20, ...options.socket },
    },
    ports,
  );
  actor.start();
  return { actor, steps, rejects, sheds, links, blocks, texts };
}

function controlOf(text: string): Control | null {
  const { id, code, msg, e } = JSON.parse(text) as { id?: number; code?: number; msg?: string; e?: string };
  if (e === 'serverShutdown') return { type: 'shutdown' };
  if (id === undefined) return null;
  return code === undefined ? { type: 'acknowledged', requestId: id } : { type: 'refused', requestId: id, reason: msg ?? '' };
}
