import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { FrameBlock } from '../../domain/frame-block.js';
import type { Origin } from '../../domain/trade.js';
import { messageOf, SeracError } from '../../errors.js';

const FRAMES_PER_BLOCK = 2_048;
const BYTES_PER_BLOCK = 1_048_576;
/** A frame longer than this is no frame of a venue. */
const LINE_BYTES_MAX = 16_777_216;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const ZERO = 0x30;

export interface CaptureOptions {
  readonly connectionId: number;
  readonly origin: Origin;
  /** Called as the file is read. */
  readonly onProgress?: (bytesRead: number) => void;
  /** Called for a line that is not `<receive_time_ns> <json>`. */
  readonly onBadLine: (line: number, text: string) => void;
}

/** Size of a capture on disk, for progress. @throws SeracError `input.unreadable` */
export async function captureBytes(path: string): Promise<number> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new SeracError('input.unreadable', `${path} cannot be read: ${messageOf(cause)}`, { cause });
  });
  if (found.isDirectory()) throw new SeracError('input.unreadable', `${path} cannot be read: it is a folder.`);
  return found.size;
}

/** Reads a capture, gzip or plain text, a line a frame: `<receive_time_ns> <json>`. */
export async function* readCapture(path: string, options: CaptureOptions): AsyncGenerator<FrameBlock> {
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  const source = (await isGzip(path)) ? file.pipe(createGunzip({ chunkSize: 1 << 20 })) : file;
  file.on('error', (error) => source.destroy(error));
  let rest: Buffer = Buffer.alloc(0);
  let line = 0;
  let block = new FrameBlock(options.connectionId, options.origin, FRAMES_PER_BLOCK, BYTES_PER_BLOCK);

  const take = function* (bytes: Buffer, from: number, to: number): Generator<FrameBlock> {
    line += 1;
    const end = to > from && bytes[to - 1] === CARRIAGE_RETURN ? to - 1 : to;
    if (end === from) return;
    const space = bytes.indexOf(SPACE, from);
    const time = space < 0 || space >= end ? undefined : readTime(bytes, from, space);
    if (time === undefined) {
      options.onBadLine(line, bytes.toString('utf8', from, Math.min(end, from + 4_096)));
      return;
    }
    const frame = bytes.subarray(space + 1, end);
    if (block.push(frame, time)) return;
    if (block.count > 0) yield block;
    block = new FrameBlock(options.connectionId, options.origin, FRAMES_PER_BLOCK, Math.max(BYTES_PER_BLOCK, frame.length));
    block.push(frame, time);
  };

  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      options.onProgress?.(file.bytesRead);
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let from = 0;
      for (let to = bytes.indexOf(NEWLINE); to >= 0; to = bytes.indexOf(NEWLINE, from)) {
        yield* take(bytes, from, to);
        from = to + 1;
      }
      rest = bytes.subarray(from);
      if (rest.length > LINE_BYTES_MAX)
        throw new SeracError('input.invalid', `${path}: line ${line + 1} is longer than ${LINE_BYTES_MAX} bytes.`);
    }
    if (rest.length > 0) yield* take(rest, 0, rest.length);
    if (block.count > 0) yield block;
  } catch (cause) {
    if (cause instanceof SeracError) throw cause;
    throw new SeracError('input.unreadable', `${path} cannot be read to its end: ${messageOf(cause)}`, { cause });
  } finally {
    file.destroy();
  }
}

async function isGzip(path: string): Promise<boolean> {
  const handle = await open(path).catch((cause: unknown) => {
    throw new SeracError('input.unreadable', `${path} cannot be read: ${messageOf(cause)}`, { cause });
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

/** Nanoseconds since the epoch, 1 to 19 digits. */
function readTime(bytes: Buffer, from: number, to: number): bigint | undefined {
  if (to === from || to - from > 19) return undefined;
  let upper = 0;
  let lower = 0;
  for (let at = from; at < to; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    if (to - at > 9) upper = upper * 10 + digit;
    else lower = lower * 10 + digit;
  }
  return BigInt(upper) * 1_000_000_000n + BigInt(lower);
}
