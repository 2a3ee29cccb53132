import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameBlock, splitLines } from '../../src/domain/frame-block.js';
import { effort } from '../support/effort.js';

const LINE = /^(\d{1,19}) (.*)$/;

/** The same by a regular expression. */
function expected(text: string): { frames: [time: bigint, frame: string][]; bad: number } {
  const lines = text
    .split('\n')
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => line !== '');
  const found = lines.map((line) => LINE.exec(line));
  return {
    frames: found.flatMap((match): [bigint, string][] => (match === null ? [] : [[BigInt(match[1]!), match[2]!]])),
    bad: found.filter((match) => match === null).length,
  };
}

function split(text: string): { frames: [time: bigint, frame: string][]; bad: number } {
  const bytes = Buffer.from(text);
  const block = new FrameBlock(1, 'replay', 0, bytes.length);
  block.bytes.set(bytes);
  let bad = 0;
  block.text = { bytes: bytes.length, onBadLines: (count) => (bad += count) };
  splitLines(block);
  const frames = Array.from({ length: block.count }, (_, frame): [bigint, string] => [
    block.receiveTime[frame]!,
    Buffer.from(block.frame(frame)).toString(),
  ]);
  return { frames, bad };
}

describe('lines of a capture', () => {
  it('give their frames and times, whatever stands between them', () => {
    const time = fc.oneof(fc.bigInt(0n, 9_223_372_036_854_775_807n).map(String), fc.constantFrom('0', '007', '1723161255341000000', ''));
    const frame = fc.string({ unit: fc.constantFrom('{', '}', '"', ':', ',', 'a', '1', ' ', '\t', 'ä') });
    const odd = fc.constantFrom('', ' ', 'no line', '12', '12x {}', ' 1 {}', '99999999999999999999 {}', '1\r');
    const line = fc.oneof({ weight: 4, arbitrary: fc.tuple(time, frame).map(([at, what]) => `${at} ${what}`) }, odd);
    const text = fc
      .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\n\n')))
      .chain((lines) => fc.boolean().map((cut) => lines.map(([each, end]) => each + end).join('') + (cut ? '5 cut' : '')));
    fc.assert(
      fc.property(text, (each) => {
        expect(split(each)).toEqual(expected(each));
      }),
      { numRuns: effort(2_000) },
    );
  });
});
