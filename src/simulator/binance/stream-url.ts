/** What the URL of a WebSocket asks for; null when the venue has nothing there. */
export interface StreamRequest {
  readonly combined: boolean;
  readonly microseconds: boolean;
  readonly streams: readonly string[];
}

/** Reads `/ws`, `/ws/<stream>/<stream>`, `/stream` and `/stream?streams=<stream>/<stream>`, with `timeUnit` on any. */
export function parseStreamUrl(url: string): StreamRequest | null {
  const { pathname, searchParams } = new URL(url, 'ws://venue');
  const [root, ...path] = pathname.split('/').filter((part) => part !== '');
  const microseconds = searchParams.get('timeUnit')?.toUpperCase() === 'MICROSECOND';
  if (root === 'ws') return { combined: false, microseconds, streams: path.map((stream) => decodeURIComponent(stream)) };
  if (root !== 'stream' || path.length > 0) return null;
  const streams = (searchParams.get('streams') ?? '').split('/').filter((stream) => stream !== '');
  return { combined: true, microseconds, streams };
}
