import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameFinder } from '../../../src/sources/websocket/frame-finder.js';

const ANSWER = Buffer.from('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n', 'latin1');
const FRAME_MAX_BYTES = 70_000;

interface Frame {
  readonly first: number;
  readonly payload: Buffer;
  readonly isMasked: boolean;
}

/** As RFC 6455 says, 5.2. */
function wire({ first, payload, isMasked }: Frame): Buffer {
  const { length } = payload;
  const size = length < 126 ? 1 : length < 65_536 ? 3 : 9;
  const head = Buffer.alloc(1 + size);
  head[0] = first;
  head[1] = (length < 126 ? length : length < 65_536 ? 126 : 127) | (isMasked ? 0x80 : 0);
  if (size === 3) head.writeUInt16BE(length, 2);
  if (size === 9) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, ...(isMasked ? [Buffer.from([1, 2, 3, 4])] : []), payload]);
}

/** What a full reader makes of the bytes that it is given: frames. It would see it where one was missing in the middle of another. */
class FullReader {
  #bytes = Buffer.alloc(0);
  #isOpen = false;

  get held(): number {
    return this.#bytes.length;
  }

  take(bytes: Uint8Array): Frame[] {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    if (!this.#isOpen) {
      const end = this.#bytes.indexOf('\r\n\r\n');
      if (end < 0) return [];
      this.#isOpen = true;
      this.#bytes = this.#bytes.subarray(end + 4);
    }
    const frames: Frame[] = [];
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) frames.push(frame);
    return frames;
  }

  #next(): Frame | undefined {
    const bytes = this.#bytes;
    if (bytes.length < 2) return undefined;
    const isMasked = bytes[1]! >= 0x80;
    const small = bytes[1]! & 0x7f;
    const head = 2 + (small === 126 ? 2 : small === 127 ? 8 : 0) + (isMasked ? 4 : 0);
    if (bytes.length < head) return undefined;
    const length = small < 126 ? small : small === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < head + length) return undefined;
    this.#bytes = bytes.subarray(head + length);
    return { first: bytes[0]!, payload: bytes.subarray(head, head + length), isMasked };
  }
}

function run(bytes: Buffer, cuts: readonly number[], isBehind: () => boolean = () => false) {
  const all: Frame[] = [];
  let taken = 0;
  const reader = new FullReader();
  const finder = new FrameFinder(FRAME_MAX_BYTES, {
    onFrames: (chunk, bounds, count) => {
      expect(reader.held).toBe(0);
      for (let frame = 0; frame < count; frame++) {
        const payload = Buffer.from(chunk.slice(bounds[2 * frame], bounds[2 * frame + 1]));
        all.push({ first: 0x81, payload, isMasked: false });
      }
      taken += count;
    },
    onRest: (rest) => void all.push(...reader.take(rest)),
    isBehind,
  });
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    // A chunk's memory is only lent.
    const chunk = Buffer.from(bytes.subarray(from, to));
    finder.take(chunk);
    chunk.fill(0);
    from = to;
  }
  return { all, taken };
}

const text = (payload: string): Frame => ({ first: 0x81, payload: Buffer.from(payload), isMasked: false });
const comparable = (frames: readonly Frame[]): string[] =>
  frames.map(({ first, payload, isMasked }) => `${first === 0x82 ? 0x81 : first} ${isMasked} ${payload.toString('latin1')}`);

const size = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 300 }) },
  { weight: 1, arbitrary: fc.constantFrom(125, 126, 65_535, 65_536, FRAME_MAX_BYTES, FRAME_MAX_BYTES + 1) },
);
const frame: fc.Arbitrary<Frame> = fc
  .record({
    first: fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom(0x81, 0x81, 0x82) },
      // Pings, pongs, pieces of messages, compressed ones, opcodes that nobody has defined.
      { weight: 3, arbitrary: fc.constantFrom(0x89, 0x8a, 0x01, 0x02, 0x00, 0x80, 0xc1, 0x83, 0x91) },
    ),
    size,
    byte: fc.integer({ min: 0, max: 255 }),
    isMasked: fc.oneof({ weight: 30, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  })
  .map(({ first, size: length, byte, isMasked }) => ({ first, payload: Buffer.alloc(length, byte), isMasked }));

describe('frame finder', () => {
  it('loses, doubles and reorders nothing, wherever the bytes are cut', () => {
    const cuts = fc.array(fc.nat(), { maxLength: 30 });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 60 }), cuts, fc.array(fc.boolean(), { maxLength: 20 }), (frames, places, behind) => {
        const bytes = Buffer.concat([ANSWER, ...frames.map(wire)]);
        const sorted = places.map((place) => ANSWER.length + (place % (bytes.length - ANSWER.length + 1))).sort((a, b) => a - b);
        let asked = 0;
        const { all } = run(bytes, [ANSWER.length, ...sorted], () => behind.length > 0 && behind[asked++ % behind.length]!);
        expect(comparable(all)).toEqual(comparable(frames));
      }),
    );
  });

  it('takes what is whole and plain, and nothing else', () => {
    const bytes = (frames: readonly Frame[]): Buffer => Buffer.concat([ANSWER, ...frames.map(wire)]);
    const plain = Array.from({ length: 10_000 }, (_, index) => text(`{"n":${index}}`));
    expect(run(bytes(plain), [ANSWER.length])).toMatchObject({ taken: expect.closeTo(plain.length, -1) as number });
    expect(comparable(run(bytes(plain), [ANSWER.length]).all)).toEqual(comparable(plain));
    const large = [text('x'.repeat(FRAME_MAX_BYTES + 1)), { ...text('masked'), isMasked: true }, { ...text('compressed'), first: 0xc1 }];
    expect(run(bytes(large), [ANSWER.length]).taken).toBe(0);
  });

  it('leaves a message between the pieces of another, and all behind it, to who can say that this is wrong', () => {
    const frames = [text('before'), { ...text('be'), first: 0x01 }, text('between'), { ...text('gin'), first: 0x80 }, text('after')];
    const { all, taken } = run(Buffer.concat([ANSWER, ...frames.map(wire)]), [ANSWER.length]);
    expect(comparable(all)).toEqual(comparable(frames));
    expect(taken).toBe(1);
  });

  it('takes nothing behind a close frame', () => {
    const frames = [text('before'), { ...text(''), first: 0x88 }, text('behind')];
    expect(run(Buffer.concat([ANSWER, ...frames.map(wire)]), [ANSWER.length]).taken).toBe(1);
  });

  it.each([
    ['reserved bits', { ...text('x'), first: 0xc1 }],
    ['an unknown opcode', { ...text('x'), first: 0x83 }],
    ['an unknown control opcode', { ...text('x'), first: 0x8b }],
    ['a mask', { ...text('x'), isMasked: true }],
    ['the end of a message that was not begun', { ...text('x'), first: 0x80 }],
    ['a ping in pieces', { ...text('x'), first: 0x09 }],
    ['a ping that is too long', { ...text('x'.repeat(126)), first: 0x89 }],
    ['a message that is too large', text('x'.repeat(FRAME_MAX_BYTES + 1))],
  ])('takes nothing behind a frame with %s: who reads it all ends the connection there', (_, wrong) => {
    const frames = [text('before'), wrong, text('behind'), text('and more')];
    const { all, taken } = run(Buffer.concat([ANSWER, ...frames.map(wire)]), [ANSWER.length]);
    expect(comparable(all)).toEqual(comparable(frames));
    expect(taken).toBe(1);
  });

  it('takes nothing behind a message whose pieces are too large together', () => {
    const half = 'x'.repeat(FRAME_MAX_BYTES / 2 + 1);
    const frames = [{ ...text(half), first: 0x01 }, { ...text(half), first: 0x80 }, text('behind')];
    expect(run(Buffer.concat([ANSWER, ...frames.map(wire)]), [ANSWER.length]).taken).toBe(0);
  });

  it('goes on behind messages in pieces, and pings between those', () => {
    const frames = [
      ...[
        { ...text('be'), first: 0x01 },
        { ...text('ping'), first: 0x89 },
        { ...text('gun'), first: 0x80 },
      ],
      ...[text('behind'), { ...text('x'.repeat(FRAME_MAX_BYTES)), first: 0x02 }, { ...text(''), first: 0x80 }, text('and more')],
    ];
    expect(run(Buffer.concat([ANSWER, ...frames.map(wire)]), [ANSWER.length]).taken).toBe(2);
  });

  it('leaves everything of an answer that is no upgrade', () => {
    const page = Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), ...[text('looks'), text('like frames')].map(wire)]);
    expect(run(page, []).taken).toBe(0);
    expect(run(page, [20]).taken).toBe(0);
  });

  it('finds the frames behind an answer that comes in pieces', () => {
    const frames = [text('with the answer'), text('behind it'), text('and more')];
    const bytes = Buffer.concat([ANSWER, ...frames.map(wire)]);
    for (let cut = 12; cut < bytes.length; cut++) {
      expect(comparable(run(bytes, [cut]).all)).toEqual(comparable(frames));
    }
  });
});
