import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { access, constants, open, stat } from 'node:fs/promises';
import { createGunzip, type Gunzip } from 'node:zlib';
import { FrameBlock } from '../../domain/frame-block.js';
import type { Origin } from '../../domain/trade-block.js';
import { asError, SeracError } from '../../errors.js';
import { reasonOf } from '../../system-error.js';

/** Bytes of a block: some 2,000 frames, one task for a thread. */
const BYTES_PER_BLOCK = 524_288;
/** What is decompressed in one step: of a file of nothing but zeroes a thousand times as much comes out. */
const BYTES_PER_STEP = 131_072;
/** Read-ahead of decompressed bytes. */
const READ_AHEAD_BYTES = 8 * BYTES_PER_BLOCK;
/** The rest of the previous chunk usually fits in. */
const LINE_BYTES_USUAL = 16_384;
/** A longer frame is not from a venue. */
const LINE_BYTES_MAX = 16_777_216;
const NEWLINE = 0x0a;

export interface CaptureOptions {
  readonly connectionId: number;
  readonly origin: Origin;
  /** Called as the file is read. */
  readonly onProgress?: (bytesRead: number) => void;
  /** Called with the number of lines that are not `<receive_time_ns> <json>`, when the frames are split. */
  readonly onBadLines: (count: number) => void;
}

/** Size of a capture on disk, for progress. @throws SeracError `input.unreadable` */
export async function captureBytes(path: string): Promise<number> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new SeracError('input.unreadable', `Cannot read ${path}: ${reasonOf(cause)}`, { cause });
  });
  await access(path, constants.R_OK).catch((cause: unknown) => {
    throw new SeracError('input.unreadable', `Cannot read ${path}: ${reasonOf(cause)}`, { cause });
  });
  if (found.isDirectory()) throw new SeracError('input.unreadable', `Cannot read ${path}: it is a folder.`);
  return found.size;
}

/** A capture that cannot be read any further: it was cut, or is damaged. All lines before that have been read. */
export class CaptureEndedEarly extends SeracError {
  constructor(
    readonly file: string,
    /** Of the file, as it is on disk. */
    readonly byte: number,
    readonly reason: string,
    cause?: unknown,
  ) {
    super('input.unreadable', `Cannot read ${file} beyond byte ${byte}: ${reason}`, { cause });
  }
}

/**
 * Reads a capture, gzip or plain text, a line a frame: `<receive_time_ns> <json>`. Its blocks hold whole lines, as text, and are lent.
 * Of a cut one every whole line comes first.
 * @throws CaptureEndedEarly
 */
export async function* readCapture(path: string, options: CaptureOptions): AsyncGenerator<FrameBlock> {
  const gunzip = (await isGzip(path)) ? createGunzip({ chunkSize: BYTES_PER_BLOCK }) : null;
  const file = createReadStream(path, { highWaterMark: gunzip === null ? BYTES_PER_BLOCK : BYTES_PER_STEP });
  const source: AsyncIterable<Buffer> = gunzip === null ? file : inflate(file, gunzip, READ_AHEAD_BYTES);
  const position = (): number => gunzip?.bytesWritten ?? file.bytesRead;
  let rest: Uint8Array = new Uint8Array(0);
  // The previous block, whose memory is reused unless it was kept.
  let block: FrameBlock | undefined;
  const blockOf = (parts: readonly Uint8Array[]): FrameBlock => {
    const textBytes = parts.reduce((sum, { length }) => sum + length, 0);
    if (block === undefined || block.isKept || block.byteCapacity < textBytes) {
      block = new FrameBlock(options.connectionId, options.origin, 0, Math.max(textBytes, BYTES_PER_BLOCK + LINE_BYTES_USUAL));
    }
    let at = 0;
    for (const part of parts) {
      block.bytes.set(part, at);
      at += part.length;
    }
    block.text = { bytes: textBytes, onBadLines: options.onBadLines };
    return block;
  };
  try {
    for await (const chunk of source) {
      options.onProgress?.(file.bytesRead);
      const end = chunk.lastIndexOf(NEWLINE) + 1;
      if (end > 0) {
        yield blockOf([rest, chunk.subarray(0, end)]);
        rest = chunk.subarray(end);
      } else {
        rest = Buffer.concat([rest, chunk]);
      }
      if (rest.length > LINE_BYTES_MAX) throw new CaptureEndedEarly(path, position(), `a line is longer than ${LINE_BYTES_MAX} bytes`);
    }
    if (rest.length > 0) yield blockOf([rest]);
  } catch (cause) {
    if (cause instanceof SeracError) throw cause;
    throw new CaptureEndedEarly(path, position(), whyNot(cause), cause);
  } finally {
    file.destroy();
  }
}

/** What zlib says is for programmers. */
function whyNot(cause: unknown): string {
  const { code } = Object(cause) as { readonly code?: unknown };
  if (code === 'Z_BUF_ERROR') return 'its compressed data is cut off there';
  if (typeof code === 'string' && code.startsWith('Z_')) return `its compressed data is damaged there (${reasonOf(cause)})`;
  return reasonOf(cause);
}

async function isGzip(path: string): Promise<boolean> {
  const handle = await open(path).catch((cause: unknown) => {
    throw new CaptureEndedEarly(path, 0, reasonOf(cause), cause);
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

/**
 * What stands compressed, chunk by chunk. All that can be decompressed comes before what is wrong with the rest is thrown: a stream that ends
 * with an error drops what was not taken from it yet, so nothing is left in it, and its end is tried apart from its last bytes.
 * @param aheadBytes what may be decompressed before it is wanted
 */
async function* inflate(compressed: AsyncIterable<Buffer>, gunzip: Gunzip, aheadBytes: number): AsyncGenerator<Buffer> {
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
