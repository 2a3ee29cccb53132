import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * Passes bytes on to a port of this machine, and stops doing so when it is told to: connections stay open, new ones are accepted, and
 * nothing comes through. What was sent meanwhile arrives when it goes on, also what its sender has given up since. It may also pass on
 * what clients send at no more than a rate, all of them together and first come, first served.
 */
export class StallableProxy {
  readonly #sockets = new Set<Socket>();
  #stalled = false;
  #bytesPerSecond = Infinity;
  /** When (ms) the way is free again, and what is on it. */
  #freeAtMs = 0;
  readonly #late = new Map<NodeJS.Timeout, () => void>();
  /** Bytes of clients that were passed on. */
  passedBytes = 0;
  /** Where bytes are passed on to. */
  targetPort = 0;

  private constructor(
    readonly server: Server,
    readonly port: number,
  ) {}

  static async start(): Promise<StallableProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new StallableProxy(server, (server.address() as AddressInfo).port);
    server.on('connection', (client) => proxy.#join(client, connect(proxy.targetPort, '127.0.0.1')));
    return proxy;
  }

  stall(): void {
    this.#stalled = true;
    for (const socket of this.#sockets) socket.pause();
  }

  resume(): void {
    this.#stalled = false;
    for (const socket of this.#sockets) socket.resume();
  }

  throttle(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond;
    this.#freeAtMs = performance.now();
  }

  unthrottle(): void {
    this.#bytesPerSecond = Infinity;
    for (const [timer, pass] of this.#late) {
      clearTimeout(timer);
      pass();
    }
    this.#late.clear();
  }

  async close(): Promise<void> {
    for (const timer of this.#late.keys()) clearTimeout(timer);
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  #join(client: Socket, upstream: Socket): void {
    this.#pass(client, upstream, (data) => this.#forward(data, client, upstream));
    this.#pass(upstream, client, (data) => void client.write(data));
  }

  /** Bytes of a client go on when it is their turn; it is not read before. */
  #forward(data: Buffer, client: Socket, upstream: Socket): void {
    const pass = (): void => {
      this.passedBytes += data.length;
      upstream.write(data);
    };
    if (this.#bytesPerSecond === Infinity) {
      pass();
      return;
    }
    const now = performance.now();
    this.#freeAtMs = Math.max(this.#freeAtMs, now) + (data.length / this.#bytesPerSecond) * 1_000;
    client.pause();
    const passLate = (): void => {
      pass();
      if (!this.#stalled) client.resume();
    };
    const timer = setTimeout(() => {
      this.#late.delete(timer);
      passLate();
    }, this.#freeAtMs - now);
    this.#late.set(timer, passLate);
  }

  #pass(from: Socket, to: Socket, forward: (data: Buffer) => void): void {
    this.#sockets.add(from);
    from.on('data', forward);
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    if (this.#stalled) from.pause();
  }
}
