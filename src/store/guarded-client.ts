import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import { ClickHouseError, type ClickHouseClient } from '@clickhouse/client';
import { SeracError } from '../errors.js';

/** Codes by which ClickHouse refuses the user or the password. */
const CREDENTIALS_CODES = new Set(['192', '193', '194', '497', '516']);
/** Shortest interval between two readings of the password, while the server refuses it. */
const READ_AGAIN_EVERY_MS = 500;
/** A header in each response of ClickHouse, and of no other server. */
const OWN_HEADER = 'x-clickhouse-query-id';

/** Result of a request: a result set, a stream, or neither. */
interface Answer {
  readonly response_headers: object;
  readonly close?: () => void;
  readonly stream?: unknown;
}

/** Source of a client's credentials. */
export interface CredentialsSource {
  readonly username: string;
  readonly password: string;
  /** Reads the password from its source. Absent if it cannot change. */
  readonly readPassword?: (() => string) | undefined;
}

/**
 * Makes a client read its password again when the server refuses it, so that a rotated one needs no restart, and reject responses that are
 * not from ClickHouse: a proxy's page with status 200 acknowledges nothing.
 */
export function guardClient(
  client: ClickHouseClient,
  source: CredentialsSource,
  nowMs = (): number => performance.now(),
): ClickHouseClient {
  const { username, readPassword } = source;
  let { password } = source;
  let readAtMs = -Infinity;

  /** Reads the password again, unless that was done a moment ago. */
  const renew = (): void => {
    if (readPassword === undefined || nowMs() - readAtMs < READ_AGAIN_EVERY_MS) return;
    readAtMs = nowMs();
    try {
      password = readPassword();
    } catch {
      // The file may be about to be written: the server's error stands, and the next request reads again.
    }
  };

  const guarded =
    <Params extends object, Result extends Answer>(send: (params: Params) => Promise<Result>) =>
    async (params: Params): Promise<Result> => {
      const used = password;
      const call = async (): Promise<Result> => checked(await send({ ...params, auth: { username, password } }));
      try {
        return await call();
      } catch (error) {
        if (!isAboutCredentials(error)) throw error;
        renew();
        // Values are a stream, which can be sent once: the caller retries.
        if (password === used || 'values' in params) throw error;
        return await call();
      }
    };

  client.query = guarded(client.query.bind(client));
  client.exec = guarded(client.exec.bind(client));
  client.command = guarded(client.command.bind(client));
  return client;
}

function checked<Result extends Answer>(result: Result): Result {
  if (OWN_HEADER in result.response_headers) return result;
  // Its body is not read; left open it would keep the connection busy.
  result.close?.();
  if (result.stream instanceof Readable) result.stream.destroy();
  throw new SeracError('store.unavailable', `The response is not from ClickHouse: it has no header ${OWN_HEADER}.`, {
    retryable: true,
  });
}

/**
 * Whether an error says that the credentials are refused. A proxy does so with its own text: any error that is neither ClickHouse's nor the
 * network's counts.
 */
export function isAboutCredentials(error: unknown): boolean {
  if (error instanceof ClickHouseError) return CREDENTIALS_CODES.has(error.code);
  return error instanceof Error && !(error instanceof SeracError) && !('code' in error);
}

/** What ClickHouse says of an error is a sentence with a stack trace at most. */
const ERROR_MAX_BYTES = 1_048_576;
/** A row of JSON: the longest are checkpoints, of which each hole in the ids takes 40 bytes. */
const LINE_MAX_BYTES = 64 * 1_048_576;
const LINE_FEED = 10;
/** Formats that are read as they come, by who asked for them, and have no lines. */
const BINARY_FORMATS = new Set(['ArrowStream']);

export interface AnswerBounds {
  /** From the sending of a statement to the last byte of its answer, ms; longer is an error. */
  readonly statementMaxMs: number;
  /** Connections that are open at most: further statements wait. */
  readonly connections: number;
}

/** Node calls this for each request; the types do not say so. */
interface TakesRequests {
  addRequest: (request: ClientRequest, to: RequestTarget, ...rest: unknown[]) => void;
}

interface RequestTarget {
  readonly host?: string | null;
  port?: number | string | null;
}

/** Nothing can listen here: what is sent to it is refused. */
const NO_PORT = 0;

/** The port on which a store listens now; null while it does not: whatever else listens there must be sent nothing. */
export type PortNow = () => number | null;

/**
 * Connections whose answers take bounded time and memory. ClickHouse's client reads a whole error before it looks at it, and keeps what
 * comes until a line ends: something else than ClickHouse, or a broken one, might never stop.
 * @param portNow takes the place of the port in the URL
 */
export function boundedAgent(url: string, { connections, statementMaxMs }: AnswerBounds, portNow?: PortNow): http.Agent {
  const { Agent } = url.startsWith('https:') ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: connections }) as http.Agent & TakesRequests;
  const addRequest = agent.addRequest.bind(agent);
  agent.addRequest = (request, to, ...rest) => {
    if (portNow !== undefined) redirect(request, to, portNow() ?? NO_PORT);
    bound(request, statementMaxMs);
    addRequest(request, to, ...rest);
  };
  return agent;
}

/** Sends a request to the port of the moment. */
function redirect(request: ClientRequest, to: RequestTarget, port: number): void {
  to.port = port;
  request.setHeader('Host', `${to.host ?? '127.0.0.1'}:${port}`);
}

function bound(request: ClientRequest, statementMaxMs: number): void {
  let answer: IncomingMessage | undefined;
  const timer = setTimeout(() => {
    const error = new Error(`the answer was not whole within ${statementMaxMs / 1_000} s`);
    answer?.destroy(error);
    request.destroy(error);
  }, statementMaxMs);
  timer.unref();
  request.once('close', () => clearTimeout(timer));
  request.once('response', (response) => {
    answer = response;
    boundBytes(response);
  });
}

/** Counts what comes before it is kept anywhere, however the answer is read. */
function boundBytes(response: IncomingMessage): void {
  const { statusCode, headers } = response;
  const isError = statusCode !== 200 || 'x-clickhouse-exception-code' in headers;
  if (!isError && BINARY_FORMATS.has(String(headers['x-clickhouse-format']))) return;
  const maxBytes = isError ? ERROR_MAX_BYTES : LINE_MAX_BYTES;
  const push = response.push.bind(response);
  let bytes = 0;
  response.push = (chunk: unknown, encoding) => {
    if (Buffer.isBuffer(chunk)) {
      const lineEnd = isError ? -1 : chunk.lastIndexOf(LINE_FEED);
      bytes = lineEnd < 0 ? bytes + chunk.length : chunk.length - lineEnd - 1;
      if (bytes > maxBytes) {
        response.destroy(new Error(`${isError ? 'an error' : 'a line of the answer'} has more than ${maxBytes} bytes`));
        return false;
      }
    }
    return push(chunk, encoding);
  };
}
