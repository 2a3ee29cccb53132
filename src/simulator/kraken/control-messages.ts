import { isoTime } from '../iso-time.js';

export type ControlRequest = { readonly requestId: number | null } & (
  | { readonly method: 'ping' }
  | {
      readonly method: 'subscribe' | 'unsubscribe';
      readonly pairs: readonly string[];
      readonly snapshot: boolean;
    }
);

/** The words of the venue's complaint, and what it is about. */
export interface ControlError {
  readonly complaint: string;
  readonly method: string | null;
  readonly requestId: number | null;
}

/** Reads a message from a client. The words of the errors are unsure, but for "Currency pair not supported" and "Already subscribed". */
export function parseControlRequest(text: string): ControlRequest | ControlError {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return { complaint: 'Malformed request', method: null, requestId: null };
  }
  if (typeof message !== 'object' || message === null) return { complaint: 'Malformed request', method: null, requestId: null };
  const { method, params, req_id: given } = message as { method?: unknown; params?: unknown; req_id?: unknown };
  const requestId = Number.isSafeInteger(given) ? (given as number) : null;
  if (method === 'ping') return { method, requestId };
  if (method !== 'subscribe' && method !== 'unsubscribe') {
    return { complaint: 'Unsupported method', method: typeof method === 'string' ? method : null, requestId };
  }
  const { channel, symbol, snapshot = true } = (params ?? {}) as { channel?: unknown; symbol?: unknown; snapshot?: unknown };
  if (channel !== 'trade') return { complaint: 'Unsupported channel', method, requestId };
  if (!isPairList(symbol)) return { complaint: 'Symbol(s) not found', method, requestId };
  if (typeof snapshot !== 'boolean') return { complaint: 'Snapshot must be a boolean', method, requestId };
  return { method, pairs: symbol, snapshot, requestId };
}

function isPairList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((entry) => typeof entry === 'string');
}

interface Timing {
  readonly requestId: number | null;
  readonly venueTimeMs: number;
}

/** {"method":"subscribe","result":{"channel":"trade","snapshot":true,"symbol":"BTC/USD"},"success":true,"time_in":..,"time_out":..,"req_id":1} */
export function acknowledgement(method: 'subscribe' | 'unsubscribe', pair: string, snapshot: boolean, timing: Timing): string {
  const result = method === 'subscribe' ? { channel: 'trade', snapshot, symbol: pair } : { channel: 'trade', symbol: pair };
  return JSON.stringify({ method, result, success: true, ...tail(timing) });
}

/** {"error":"Currency pair not supported X/Y","method":"subscribe","success":false,"symbol":"X/Y",..,"req_id":1} */
export function refusal({ complaint, method }: Omit<ControlError, 'requestId'>, pair: string | null, timing: Timing): string {
  return JSON.stringify({
    error: complaint,
    ...(method === null ? {} : { method }),
    success: false,
    ...(pair === null ? {} : { symbol: pair }),
    ...tail(timing),
  });
}

export function pong(timing: Timing): string {
  return JSON.stringify({ method: 'pong', ...tail(timing) });
}

/** The first message of each connection. Its id is beyond 2^53, as at the venue. */
export function statusMessage(connection: number): string {
  const id = 13_834_774_380_200_032_777n + BigInt(connection);
  return `{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2","connection_id":${id}}]}`;
}

function tail({ requestId, venueTimeMs }: Timing): object {
  const times = { time_in: isoTime(venueTimeMs * 1_000), time_out: isoTime(venueTimeMs * 1_000 + 57) };
  return requestId === null ? times : { ...times, req_id: requestId };
}
