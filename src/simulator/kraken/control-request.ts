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
