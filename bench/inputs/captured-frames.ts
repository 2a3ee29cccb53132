import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { FrameText } from './frame-texts.js';

/** Captures of a real venue, which are not part of the project: where they are missing, their lines are missing too. */
const FOLDER = new URL('../../../shared/data/', import.meta.url);
const FILES = ['binance-spot-btcusdt_20240808.gz', 'binance-spot-btcusdt_20240809.gz', 'binance-spot-ethusdt_20240808.gz'];

export const capturesAreThere = FILES.every((name) => existsSync(fileURLToPath(new URL(name, FOLDER))));

/** All lines of the captures, file after file. */
export function readCaptures(): string[] {
  return FILES.flatMap((name) =>
    gunzipSync(readFileSync(fileURLToPath(new URL(name, FOLDER))))
      .toString('latin1')
      .split('\n')
      .filter((line) => line !== ''),
  );
}

const ID = /"t":(\d+)/;
const TIMES = /"([ET])":(\d+)/g;
const SYMBOL = /"s":"(\w+)"/;

/**
 * Trade frames of the captures, repeated until there are so many: later copies have later ids and times, so that each is a trade of
 * its own and ids have no gap.
 */
export function capturedFrames(count: number): FrameText[] {
  const captured = readCaptures()
    .map((line) => line.slice(line.indexOf(' ') + 1))
    .filter((text) => text.includes('@trade"'))
    .map((text) => ({ text, sentMs: Number(/"E":(\d+)/.exec(text)![1]) }))
    .sort((a, b) => a.sentMs - b.sentMs);
  const spanMs = captured.at(-1)!.sentMs - captured[0]!.sentMs + 1;
  const perSymbol = new Map<string, number>();
  for (const { text } of captured) perSymbol.set(symbolOf(text), (perSymbol.get(symbolOf(text)) ?? 0) + 1);
  const frames: FrameText[] = [];
  for (let copy = 0; frames.length < count; copy++) {
    for (const { text, sentMs } of captured) {
      if (frames.length === count) break;
      const later = text
        .replace(ID, (_, id: string) => `"t":${Number(id) + copy * perSymbol.get(symbolOf(text))!}`)
        .replace(TIMES, (_, key: string, time: string) => `"${key}":${Number(time) + copy * spanMs}`);
      frames.push({ text: later, sentUs: (sentMs + copy * spanMs) * 1_000 });
    }
  }
  return frames;
}

const symbolOf = (text: string): string => SYMBOL.exec(text)![1]!;
