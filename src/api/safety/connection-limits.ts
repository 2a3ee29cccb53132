import type { Socket } from 'node:net';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { ApiConfig } from '../api-config.js';
import type { Api } from '../api-ports.js';

type Limits = Pick<ApiConfig, 'maxConnections' | 'maxRequestsUnderWay' | 'sendIdleMs' | 'sendMaxMs'>;

/**
 * Limits of connections. If there are too many, the one that has been idle longest is closed, so that a newcomer can always connect; a
 * client that sends its request too slowly, does not read its response, or pipelines too many requests is disconnected. Each is counted by
 * cause.
 */
export function addConnectionLimits(app: Api, limits: Limits, registry: Registry): void {
  const connections = new ConnectionTable(limits.maxConnections);
  const closed = new Counter({
    ...{ name: 'serac_api_connections_closed_total', help: 'Connections closed because of a limit, by cause.' },
    ...{ labelNames: ['cause'], registers: [registry] },
  });
  new Gauge({
    ...{ name: 'serac_api_connections', help: 'Open connections to the API.', registers: [registry] },
    collect() {
      this.set(connections.size);
    },
  });
  const cut = (socket: Socket, cause: string): void => {
    if (socket.destroyed) return;
    closed.inc({ cause });
    socket.destroy();
  };

  app.server.on('connection', (socket) => {
    const tooMany = connections.add(socket);
    if (tooMany !== undefined) cut(tooMany, 'too_many');
  });
  // Node also closes an idle connection so: that is not a limit.
  app.server.on('timeout', (socket: Socket) => {
    if (connections.isBusy(socket)) cut(socket, 'not_reading');
    else socket.destroy();
  });
  app.server.on('clientError', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') closed.inc({ cause: 'slow_request' });
  });

  app.addHook('onRequest', (request, _reply, done) => {
    const { socket } = request.raw;
    const underWay = connections.begin(socket);
    if (underWay > limits.maxRequestsUnderWay) {
      cut(socket, 'too_many_requests');
      return;
    }
    if (underWay > 0) {
      request.raw.once('close', () => {
        // The handler of the next request may still be running: it has its own deadline.
        if (connections.end(socket) > 0) socket.setTimeout(0);
      });
    }
    done();
  });
  app.addHook('onSend', (request, reply, _payload, done) => {
    const { socket } = request.raw;
    if (!connections.isBusy(socket)) {
      done();
      return;
    }
    // Node checks whether the kernel took any of it meanwhile; after the response it sets the timeout of an idle connection itself.
    socket.setTimeout(limits.sendIdleMs);
    const timer = setTimeout(() => cut(socket, 'reading_slowly'), limits.sendMaxMs);
    reply.raw.once('close', () => clearTimeout(timer));
    request.raw.once('close', () => clearTimeout(timer));
    done();
  });
}

/** The open connections, and the number of requests in flight on each. */
class ConnectionTable {
  readonly #busy = new Map<Socket, number>();
  /** In the order in which they became idle. */
  readonly #idle = new Set<Socket>();

  constructor(readonly max: number) {}

  get size(): number {
    return this.#busy.size + this.#idle.size;
  }

  isBusy(socket: Socket): boolean {
    return this.#busy.has(socket);
  }

  /** @returns the connection to close for it, which is itself if all others are busy */
  add(socket: Socket): Socket | undefined {
    const oldest = this.size < this.max ? undefined : (this.#idle.values().next().value ?? socket);
    this.#idle.add(socket);
    socket.once('close', () => {
      this.#idle.delete(socket);
      this.#busy.delete(socket);
    });
    return oldest;
  }

  /** @returns its requests in flight; 0 for what is not a connection, such as a request injected within the process */
  begin(socket: Socket): number {
    if (!this.#idle.delete(socket) && !this.#busy.has(socket)) return 0;
    const requests = (this.#busy.get(socket) ?? 0) + 1;
    this.#busy.set(socket, requests);
    return requests;
  }

  end(socket: Socket): number {
    const requests = (this.#busy.get(socket) ?? 0) - 1;
    if (requests > 0) {
      this.#busy.set(socket, requests);
    } else if (this.#busy.delete(socket) && !socket.destroyed) {
      this.#idle.add(socket);
    }
    return requests;
  }
}
