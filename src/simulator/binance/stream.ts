import { requestUrl } from '../venue-core.js';
import type { Connection } from './connection.js';

/** A stream that exists, and who listens to it. */
export class Stream {
  readonly name: string;
  readonly subscribers = new Set<Connection>();

  constructor(name: string) {
    this.name = name;
  }

  /** Sends one message to all; it is printed at most once per unit of time. */
  publish(print: (microseconds: boolean) => string): void {
    let milliseconds: string | undefined;
    let microseconds: string | undefined;
    for (const connection of this.subscribers) {
      const data = connection.microseconds ? (microseconds ??= print(true)) : (milliseconds ??= print(false));
      connection.publish(this.name, data);
    }
  }
}

/** A stream that is not made of trades one by one: it looks at the ledger each time that time has passed. */
export interface Publisher {
  readonly stream: Stream;
  /** Called while the stream has a subscriber. */
  publish(venueTimeMs: number): void;
  /** Called while it has none: what passes meanwhile is not told later. */
  idle(): void;
}

/** What the URL of a WebSocket asks for. */
export interface StreamRequest {
  readonly combined: boolean;
  readonly microseconds: boolean;
  readonly streams: readonly string[];
}

/**
 * Reads `/ws`, `/ws/<stream>/<stream>`, `/stream` and `/stream?streams=<stream>/<stream>`, with `timeUnit` on any; null
 * when the venue has nothing there.
 */
export function parseStreamUrl(url: string): StreamRequest | null {
  const parsed = requestUrl(url);
  if (parsed === null) return null;
  const { pathname, searchParams } = parsed;
  const [root, ...path] = namesOf(pathname);
  const microseconds = searchParams.get('timeUnit')?.toUpperCase() === 'MICROSECOND';
  if (root === 'ws') {
    const streams = path.map(decoded);
    return streams.every((stream) => stream !== null) ? { combined: false, microseconds, streams } : null;
  }
  if (root !== 'stream' || path.length > 0) return null;
  return { combined: true, microseconds, streams: namesOf(searchParams.get('streams') ?? '') };
}

function namesOf(path: string): readonly string[] {
  return path.split('/').filter((name) => name !== '');
}

function decoded(name: string): string | null {
  try {
    return decodeURIComponent(name);
  } catch {
    return null;
  }
}
