import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * Passes bytes on to a port of this machine, and stops doing so when it is told to: connections stay open, new ones are accepted, and
 * nothing comes through. What was sent meanwhile arrives when it goes on, also what its sender has given up since.
 */
export class StallableProxy {
  readonly #sockets = new Set<Socket>();
  #stalled = false;
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

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  #join(client: Socket, upstream: Socket): void {
    this.#pass(client, upstream);
    this.#pass(upstream, client);
  }

  #pass(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('data', (data) => to.write(data));
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    if (this.#stalled) from.pause();
  }
}
