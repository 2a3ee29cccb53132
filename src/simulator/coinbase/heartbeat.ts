import { isoSeconds, trimmedFraction } from '../iso-time.js';
import type { Connection } from './connection.js';

/**
 * {"current_time":"2026-08-09 21:05:49.257889 +0000 UTC m=+1.000000001","heartbeat_counter":17}: the time as Go prints it,
 * with the seconds since the server's process began (shape captured, values made up).
 */
export function sendHeartbeat(connection: Connection, venueTimeMs: number, upMs: number): void {
  const timeUs = venueTimeMs * 1_000;
  const time = `${isoSeconds(timeUs).replace('T', ' ')}${trimmedFraction(timeUs, 0)} +0000 UTC`;
  const up = `m=+${(upMs / 1_000).toFixed(9)}`;
  const event = `{"current_time":"${time} ${up}","heartbeat_counter":${connection.heartbeats++}}`;
  connection.publish('heartbeats', venueTimeMs, `[${event}]`);
}
