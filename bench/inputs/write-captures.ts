import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { createGzip } from 'node:zlib';
import { finished } from 'node:stream/promises';
import { capturesAreThere } from './captured-frames.js';
import { capturedLines } from './captured-lines.js';
import { visitFrameTexts } from './frame-texts.js';

const SYMBOLS = 4;
const LATENCY_US = 900;
const LINES_PER_WRITE = 4_096;
/** Fast to read and to write. */
const GZIP_LEVEL = 1;

/** What the frames of a capture are made from. */
export const captureKind = capturesAreThere ? 'captured' : 'synthetic';

/** Writes captures as `serac record` does, each of so many frames of all kinds, one going on where the other ends; gives the number of trades in all. */
export async function writeCaptures(paths: readonly string[], framesPerFile: number): Promise<number> {
  const frames = paths.length * framesPerFile;
  const lines = capturesAreThere ? capturedLines(frames) : syntheticLines(frames).values();
  let trades = 0;
  for (const path of paths) trades += await writeCapture(path, lines, framesPerFile);
  return trades;
}

async function writeCapture(path: string, lines: Iterator<string>, frames: number): Promise<number> {
  const gzip = createGzip({ level: GZIP_LEVEL });
  const file = createWriteStream(path);
  gzip.pipe(file);
  let trades = 0;
  for (let written = 0; written < frames; written += LINES_PER_WRITE) {
    let text = '';
    for (let line = written; line < Math.min(frames, written + LINES_PER_WRITE); line++) {
      const { value } = lines.next() as { value: string };
      if (value.includes('@trade"')) trades += 1;
      text += `${value}\n`;
    }
    if (!gzip.write(text)) await once(gzip, 'drain');
  }
  gzip.end();
  await finished(file);
  return trades;
}

function syntheticLines(frames: number): string[] {
  const lines: string[] = [];
  visitFrameTexts(frames, SYMBOLS, ({ text, sentUs }) => lines.push(`${Math.floor(sentUs) + LATENCY_US}000 ${text}`));
  return lines;
}
