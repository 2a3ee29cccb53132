import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, SeracError } from '../../errors.js';
import type { StorePaths } from '../paths.js';
import { readOrCreateSecret, readSecret } from '../secret.js';
import { authenticate, refusalOf } from './access.js';
import { ClickHouseException, codes } from './clickhouse-exception.js';
import { Engine } from './engine.js';
import { Gate } from './gate.js';
import { defaultStoreLimits, type StoreLimits } from './limits.js';
import { Reply } from './reply.js';
import { RunningStatements } from './running-statements.js';
import { serveStatement, type StatementServices } from './serve-statement.js';
import { freeBytes, TempFiles } from './temp-files.js';

/** Longer than ClickHouse's clients keep an idle connection, so that they close it. */
const KEEP_ALIVE_MS = 30_000;

/** Queries may be in the URL. ClickHouse allows as much. */
const MAX_HEADER_BYTES = 1024 * 1024;

/** How long a refused request may continue its upload before its connection is closed. */
const REFUSED_UPLOAD_MS = 5_000;

/** Time for clients to read their responses after the last statement has ended, at the stop. */
const ANSWERS_GRACE_MS = 300;

/** Time for requests to fail after their connections were closed, at the stop. */
const CUT_GRACE_MS = 300;

/** Shortest interval between two readings of the secret's file, while wrong passwords arrive. */
const SECRET_READ_EVERY_MS = 250;

/** Interval of the checks for the end of the running statements. */
const DRAIN_POLL_MS = 10;

export interface StoreServerOptions {
  readonly paths: StorePaths;
  /** 0: any free port. */
  readonly port: number;
  /** Allowed Host headers besides those of loopback. */
  readonly allowedHosts: readonly string[];
  readonly limits?: StoreLimits;
}

/** ClickHouse's HTTP interface, on loopback, over the embedded engine. */
export class StoreServer {
  /** Random per start: distinguishes this store from another that listens on its port later. */
  readonly instanceId = randomUUID();
  readonly #paths: StorePaths;
  readonly #allowedHosts: readonly string[];
  #secret: string;
  #secretReadAt = 0;
  /** The last logged problem of the secret's file. */
  #secretFault = '';
  readonly #services: StatementServices;
  readonly #server: Server;
  #isStopping = false;
  #port = 0;
  readonly #startedAt = Date.now();
  #open = 0;

  private constructor(options: StoreServerOptions, secret: string, engine: Engine, limits: StoreLimits) {
    this.#paths = options.paths;
    this.#allowedHosts = options.allowedHosts.map((host) => host.toLowerCase());
    this.#secret = secret;
    this.#services = {
      engine,
      limits,
      temp: TempFiles.open(options.paths, limits),
      gates: {
        reads: new Gate('reads', limits.maxReads, limits.maxWaiting, limits.keptReads),
        writes: new Gate('writes', limits.maxWrites, limits.maxWaiting),
        uploads: new Gate('uploads', limits.maxUploads, limits.maxWaiting),
      },
      running: new RunningStatements(),
    };
    this.#server = createServer(
      { keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0, maxHeaderSize: MAX_HEADER_BYTES },
      (request, response) => {
        this.#open += 1;
        response.once('close', () => {
          this.#open -= 1;
        });
        void this.#handle(request, response);
      },
    );
  }

  /** Opens the engine and listens. Throws `store.locked`, `store.unavailable`, or `usage` if the port is in use. */
  static async start(options: StoreServerOptions): Promise<StoreServer> {
    const secret = await readOrCreateSecret(options.paths.secretFile);
    const engine = await Engine.open(options.paths);
    const store = new StoreServer(options, secret, engine, options.limits ?? defaultStoreLimits);
    try {
      await listen(store.#server, options.port);
      store.#port = (store.#server.address() as AddressInfo).port;
    } catch (error) {
      await engine.close();
      store.abandon();
      throw error;
    }
    return store;
  }

  /** Also while it stops: the listening socket has no address any more, and requests may still arrive on open connections. */
  get port(): number {
    return this.#port;
  }

  get version(): string {
    return this.#services.engine.version;
  }

  /**
   * Accepts no more requests, lets running inserts and commands finish, kills reads, closes the engine.
   * @returns whether all ended before the deadline; if not, the engine is still busy and only a kill ends the process
   */
  async stop(deadlineMs: number): Promise<boolean> {
    this.#server.close();
    this.#server.closeIdleConnections();
    this.#isStopping = true;
    this.#services.running.stop();
    const until = Date.now() + deadlineMs;
    // Once nothing runs, only a client that does not read its response is left: it must not delay the end.
    if (await this.#drained(deadlineMs, () => 0)) await this.#drained(Math.min(ANSWERS_GRACE_MS, until - Date.now()));
    this.#server.closeAllConnections();
    if (!(await this.#drained(CUT_GRACE_MS))) return false;
    await this.#services.engine.close();
    this.#services.temp.removeAll();
    return true;
  }

  /** Removes what a killed process would leave behind. Synchronous, for the last moment. */
  abandon(): void {
    this.#services.temp.removeAll();
  }

  /** Whether no statement runs, and all open requests are answered, within a time. */
  async #drained(withinMs: number, open = (): number => this.#open): Promise<boolean> {
    for (const deadline = Date.now() + withinMs; open() > 0 || this.#services.running.counts().running > 0;) {
      if (Date.now() > deadline) return false;
      await delay(DRAIN_POLL_MS);
    }
    return true;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cache-Control', 'no-store');
    response.once('finish', () => cutAfterRefusal(request));
    const refusal = refusalOf(request.headers, this.port, this.#allowedHosts);
    if (refusal !== undefined) {
      sendText(response, 403, `${refusal}\n`);
      return;
    }
    // By hand, because URL throws on malformed input.
    const [path = '', ...search] = (request.url ?? '').split('?');
    if (path === '/ping') this.#ping(response);
    else if (path === '/health') await this.#health(response);
    else if (path === '/') await this.#statement(request, response, new URLSearchParams(search.join('?')));
    else sendText(response, 404, 'Not found. The store serves /, /ping and /health.\n');
  }

  #ping(response: ServerResponse): void {
    response.setHeader('X-Serac-Store', this.instanceId);
    sendText(response, 200, 'Ok.\n');
  }

  async #health(response: ServerResponse): Promise<void> {
    const { running, ...counts } = this.#services.running.counts();
    const health = {
      status: this.#isStopping ? 'stopping' : 'ready',
      version: this.version,
      uptime_seconds: Math.floor((Date.now() - this.#startedAt) / 1_000),
      running,
      inserts: counts.inserts,
      rows_inserted: counts.rowsInserted,
      reads: counts.reads,
      commands: counts.commands,
      failed: counts.failed,
      free_bytes: await freeBytes(this.#paths.dataDir).catch(() => null),
    };
    response.setHeader('Content-Type', 'application/json');
    sendText(response, 200, `${JSON.stringify(health)}\n`);
  }

  async #statement(request: IncomingMessage, response: ServerResponse, url: URLSearchParams): Promise<void> {
    try {
      if (request.method !== 'POST' && request.method !== 'GET') {
        throw ClickHouseException.of(codes.notImplemented, `The embedded store supports GET and POST, not ${request.method ?? ''}.`, 405);
      }
      await this.#authenticate(request, url);
    } catch (error) {
      new Reply(response, false).refuse(ClickHouseException.from(error));
      return;
    }
    await serveStatement(this.#services, request, response, url);
  }

  /** A wrong password may be that of a file rewritten meanwhile. */
  async #authenticate(request: IncomingMessage, url: URLSearchParams): Promise<void> {
    try {
      authenticate(request.headers, url, this.#secret);
    } catch (error) {
      if (Date.now() - this.#secretReadAt < SECRET_READ_EVERY_MS) throw error;
      this.#secretReadAt = Date.now();
      // If it is absent or damaged, the known secret stays valid.
      const secret = await readSecret(this.#paths.secretFile).catch((fault: unknown) => this.#sayOnce(messageOf(fault)));
      if (secret === undefined || secret === this.#secret) throw error;
      this.#secret = secret;
      this.#secretFault = '';
      authenticate(request.headers, url, secret);
    }
  }

  /** Logs what is wrong with the secret's file, once until that changes. */
  #sayOnce(fault: string): undefined {
    if (fault !== this.#secretFault) process.stderr.write(`The store goes on with the secret that it knows. ${fault}\n`);
    this.#secretFault = fault;
  }
}

function sendText(response: ServerResponse, status: number, text: string): void {
  if (!response.hasHeader('Content-Type')) response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  response.writeHead(status, { 'Content-Length': Buffer.byteLength(text) }).end(text);
}

/**
 * A refused upload continues for a while: closing at once would lose the response in flight (the kernel resets a connection that is closed
 * with unread data).
 */
function cutAfterRefusal(request: IncomingMessage): void {
  if (request.complete) return;
  request.resume();
  const timer = setTimeout(() => request.destroy(), REFUSED_UPLOAD_MS);
  request.once('close', () => clearTimeout(timer));
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new SeracError('usage', `Port ${port} is in use: choose another with --port, or --port 0 for any.`)
          : error,
      );
    });
    server.listen(port, '127.0.0.1', resolve);
  });
}
