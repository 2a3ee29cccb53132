import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';

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
