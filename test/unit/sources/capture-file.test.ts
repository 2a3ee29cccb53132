import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { splitLines } from '../../../src/domain/frame-block.js';
import { CaptureEndedEarly, readCapture } from '../../../src/sources/files/capture-file.js';
import { temporaryFolder, type Folder } from '../../support/integration/folder.js';

let folder: Folder;

beforeAll(() => {
  folder = temporaryFolder();
});

afterAll(() => folder.remove());

/** Lines that do not compress well: the compressed file is long enough for several steps. */
const LINES = Array.from({ length: 20_000 }, (_, at) => `${at + 1} {"n":${at},"x":"${randomBytes(24).toString('hex')}"}\n`);

interface Read {
  readonly frames: string[];
  readonly error: unknown;
}

async function read(bytes: Buffer): Promise<Read> {
  const file = folder.at('capture');
  writeFileSync(file, bytes);
  const frames: string[] = [];
  try {
    for await (const block of readCapture(file, { connectionId: 1, origin: 'replay', onBadLines: () => undefined })) {
      splitLines(block);
      for (let frame = 0; frame < block.count; frame++) frames.push(Buffer.from(block.frame(frame)).toString());
    }
    return { frames, error: undefined };
  } catch (error) {
    return { frames, error };
  }
}

const framesOf = (lines: readonly string[]): string[] => lines.map((line) => line.slice(line.indexOf(' ') + 1, -1));

describe('a capture', () => {
  const whole = gzipSync(LINES.join(''));

  it('is read to its end, in one gzip member or in several, with anything behind them', async () => {
    expect(whole.length, 'several steps').toBeGreaterThan(400_000);
    const half = LINES.length / 2;
    const members = Buffer.concat([gzipSync(LINES.slice(0, half).join('')), gzipSync(LINES.slice(half).join(''))]);
    for (const bytes of [whole, members, Buffer.concat([members, Buffer.alloc(300_000)]), Buffer.from(LINES.join(''))])
      expect(await read(bytes)).toEqual({ frames: framesOf(LINES), error: undefined });
  });

  it.each([400_000, 131_072, 131_073, 10, 5])(
    'gives every whole line of the %i bytes that were left of it, and then says where it ends',
    async (bytes) => {
      const { frames, error } = await read(whole.subarray(0, bytes));
      expect(frames).toEqual(framesOf(LINES).slice(0, frames.length));
      // Of what is compressed all but the last block of the compression can be read.
      expect(frames.length).toBeGreaterThanOrEqual(Math.floor(LINES.length * (bytes / whole.length)) - 2_000);
      expect(error).toBeInstanceOf(CaptureEndedEarly);
      expect(error).toMatchObject({ byte: bytes, reason: 'its compressed data is cut off there' });
    },
  );

  it('gives the lines before a damaged place', async () => {
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, 300_000, 301_000);
    const { frames, error } = await read(damaged);
    // What stands at the damage may be read as anything.
    expect(frames.slice(0, 4_000)).toEqual(framesOf(LINES).slice(0, 4_000));
    expect(error).toMatchObject({ reason: expect.stringMatching(/^its compressed data is damaged there \(.+\)$/) as string });
  });
});
