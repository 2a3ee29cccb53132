import { once } from 'node:events';
import type { Gunzip } from 'node:zlib';
import { asError } from '../../errors.js';

/**
 * What stands compressed, chunk by chunk. All that can be decompressed comes before what is wrong with the rest is thrown: a stream that ends
 * with an error drops what was not taken from it yet, so nothing is left in it, and its end is tried apart from its last bytes.
 * @param aheadBytes what may be decompressed before it is wanted
 */
export async function* inflate(compressed: AsyncIterable<Buffer>, gunzip: Gunzip, aheadBytes: number): AsyncGenerator<Buffer> {
  const chunks: Buffer[] = [];
  let ahead = 0;
  const state: { isOver: boolean; failure: Error | undefined } = { isOver: false, failure: undefined };
  let wake = (): void => undefined;
  let taken = (): void => undefined;
  gunzip.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    ahead += chunk.length;
    wake();
  });
  const over = (failure?: Error): void => {
    state.isOver = true;
    state.failure = failure;
    wake();
  };
  // It may end before what is compressed does: whatever stands behind the last member of a file is none of it.
  gunzip.on('end', () => over());
  // Of a write that fails in the middle the callback is never called.
  gunzip.on('error', over);
  const pump = async (): Promise<void> => {
    for await (const part of compressed) {
      while (ahead > aheadBytes) await new Promise<void>((resolve) => (taken = resolve));
      await new Promise<void>((resolve, reject) => gunzip.write(part, (error) => (error ? reject(error) : resolve())));
    }
    const ended = once(gunzip, 'end');
    gunzip.end();
    await ended;
  };
  pump().catch((error: unknown) => over(asError(error)));
  try {
    for (;;) {
      const chunk = chunks.shift();
      if (chunk !== undefined) {
        ahead -= chunk.length;
        taken();
        yield chunk;
      } else if (state.isOver) break;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    if (state.failure !== undefined) throw state.failure;
  } finally {
    gunzip.destroy();
  }
}
