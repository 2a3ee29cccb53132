import { requestUrl } from '../venue-core.js';

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
