import { once } from 'node:events';
import { createServer, request as send, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a proxy answers in the store's place. */
export interface FalseAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An error as ClickHouse tells it. */
export function clickHouseError(code: string, name: string, status = 500): FalseAnswer {
  const headers = { 'X-ClickHouse-Exception-Code': code, 'X-ClickHouse-Query-Id': 'false' };
  return { status, headers, body: `Code: ${code}. DB::Exception: The test has the store say so. (${name}) (version 26.7.1.1)\n` };
}

/** Passes requests on to a store, or answers them itself, or loses the answers, while it is told to. */
export class FaultyStoreProxy {
  /** What every request is answered; null: what the store answers. */
  fault: FalseAnswer | null = null;
  /** Hangs up in place of passing on what the store answers. */
  losesAnswers = false;
  /** Where the store is. */
  targetPort = 0;

  private constructor(
    readonly server: Server,
    readonly port: number,
  ) {}

  static async start(): Promise<FaultyStoreProxy> {
    const server = createServer({ keepAliveTimeout: 30_000 }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new FaultyStoreProxy(server, (server.address() as AddressInfo).port);
    server.on('request', (request, response) => proxy.#serve(request, response));
    return proxy;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { fault } = this;
    if (fault !== null) {
      request.resume().once('end', () => response.writeHead(fault.status, fault.headers).end(fault.body));
      return;
    }
    const { method, url: path, headers } = request;
    const passed = send({ host: '127.0.0.1', port: this.targetPort, method, path, headers }, (answer) => {
      if (this.losesAnswers) {
        answer.resume().once('end', () => response.destroy());
        return;
      }
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    response.on('close', () => passed.destroy());
    request.pipe(passed);
  }
}
