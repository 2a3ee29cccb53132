import { isoTime } from '../iso-time.js';
import type { ControlError } from './control-request.js';

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
