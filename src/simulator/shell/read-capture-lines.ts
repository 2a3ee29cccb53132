import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const unzip = promisify(gunzip);
const GZIP_MAGIC = [0x1f, 0x8b];
const LINE_FEED = 0x0a;
/** A capture is held in memory while it is replayed. */
const CAPTURE_MAX_BYTES = 2 ** 31;

/** The lines of a capture file, plain or gzip. */
export async function readCaptureLines(path: string): Promise<Iterable<string>> {
  const bytes = await readFile(path);
  const zipped = GZIP_MAGIC.every((byte, index) => bytes[index] === byte);
  return linesOf(zipped ? await unzip(bytes, { maxOutputLength: CAPTURE_MAX_BYTES }) : bytes);
}

/** Line by line from bytes: a whole capture may be longer than a string can be. */
function* linesOf(bytes: Buffer): Generator<string, void, undefined> {
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(LINE_FEED, start);
    const end = found === -1 ? bytes.length : found;
    yield bytes.toString('utf8', start, end);
    start = end + 1;
  }
}
