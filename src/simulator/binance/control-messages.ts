import type { Connection } from './connection.js';
import type { Streams } from './streams.js';

/** The id that a client gave its request; the venue sends it back. */
type RequestId = number | string | null;

export type ControlRequest = { readonly id: RequestId } & (
  | { readonly method: 'SUBSCRIBE' | 'UNSUBSCRIBE'; readonly streams: readonly string[] }
  | { readonly method: 'LIST_SUBSCRIPTIONS' }
  | { readonly method: 'GET_PROPERTY' }
  | { readonly method: 'SET_PROPERTY'; readonly combined: boolean }
);

/** Binance's codes: 0 unknown property, 1 expected a boolean, 2 invalid request, 3 invalid JSON. */
export interface ControlError {
  readonly code: 0 | 1 | 2 | 3;
  readonly msg: string;
  readonly id?: RequestId;
}

const ID_LENGTH_MAX = 36;
const METHODS = ['SUBSCRIBE', 'UNSUBSCRIBE', 'LIST_SUBSCRIPTIONS', 'SET_PROPERTY', 'GET_PROPERTY'];

/** Reads a message from a client. The words of the errors follow the documents; their positions ("line 1 column 9") are unsure. */
export function parseControlRequest(text: string): ControlRequest | ControlError {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return { code: 3, msg: 'Invalid JSON: expected value at line 1 column 1' };
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return invalid('expected an object');
  const { method, params, id = null } = message as { method?: unknown; params?: unknown; id?: unknown };
  if (!isRequestId(id)) return invalid('request ID must be an unsigned integer, a string of at most 36 characters or null');
  switch (method) {
    case 'SUBSCRIBE':
    case 'UNSUBSCRIBE':
      if (!isStreamList(params)) return { ...invalid('params must be a list of stream names'), id };
      return { method, streams: params, id };
    case 'LIST_SUBSCRIPTIONS':
      return { method, id };
    case 'GET_PROPERTY':
      return isCombined(params) ? { method, id } : { code: 0, msg: 'Unknown property', id };
    case 'SET_PROPERTY': {
      if (!isCombined(params)) return { code: 0, msg: 'Unknown property', id };
      const combined = params[1];
      return typeof combined === 'boolean' ? { method, combined, id } : { code: 1, msg: 'Invalid value type: expected Boolean', id };
    }
    case undefined:
      return { ...invalid('missing field `method`'), id };
    default:
      return { ...invalid(`unknown variant, expected one of ${METHODS.map((name) => `\`${name}\``).join(', ')}`), id };
  }
}

function invalid(why: string): ControlError {
  return { code: 2, msg: `Invalid request: ${why}` };
}

function isRequestId(id: unknown): id is RequestId {
  if (typeof id === 'string') return id.length <= ID_LENGTH_MAX;
  return id === null || (Number.isSafeInteger(id) && (id as number) >= 0);
}

function isStreamList(params: unknown): params is readonly string[] {
  return Array.isArray(params) && params.length > 0 && params.every((stream) => typeof stream === 'string');
}

function isCombined(params: unknown): params is readonly ['combined', unknown] {
  return Array.isArray(params) && params[0] === 'combined';
}

type ControlAnswer = ControlError | { readonly result: readonly string[] | boolean | null; readonly id: RequestId };

/** Does what a client asked for, and says so: acks are not wrapped, not even on a combined connection. */
export function answerControl(connection: Connection, request: ControlRequest, streams: Streams, streamsMax: number): ControlAnswer {
  const { id } = request;
  switch (request.method) {
    case 'SUBSCRIBE':
      if (new Set([...connection.streams, ...request.streams]).size > streamsMax) {
        return { code: 2, msg: 'Invalid request: too many streams', id };
      }
      streams.subscribe(connection, request.streams);
      return { result: null, id };
    case 'UNSUBSCRIBE':
      streams.unsubscribe(connection, request.streams);
      return { result: null, id };
    case 'LIST_SUBSCRIPTIONS':
      return { result: [...connection.streams], id };
    case 'GET_PROPERTY':
      return { result: connection.combined, id };
    case 'SET_PROPERTY':
      connection.combined = request.combined;
      return { result: null, id };
  }
}
