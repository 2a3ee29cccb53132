import { createHash, randomInt } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import process from 'node:process';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dialWebSocket } from '../../src/sources/websocket/dial-websocket.js';
import type { Connection, DialEnd } from '../../src/sources/websocket/dial.js';
import { effort } from '../support/effort.js';

/** Fresh each time; FUZZ_SEED repeats one. */
const SEED = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));
const RUNS = effort(1_000, 250);
const FRAME_MAX_BYTES = 70_000;
const KEY_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** What a server sends on a connection, in pieces that arrive one after the other. */
interface Script {
  readonly pieces: readonly Buffer[];
  /** Whether the first piece comes along with the answer to the handshake. */
  readonly isHasty: boolean;
}

interface Heard {
  /** Messages and signs of life, in their order. */
  readonly events: readonly string[];
  readonly end: DialEnd;
  /** Messages that were taken out of the bytes received. */
  readonly taken: number;
}

/** A frame as RFC 6455, 5.2, has it, or nearly so. */
interface Frame {
  readonly first: number;
  readonly payload: Buffer;
  readonly isMasked?: boolean;
  /** How its length is written, where it is not as short as can be. */
  readonly sizeBytes?: 2 | 8;
  /** A length that is not the payload's. */
  readonly said?: bigint;
}

function wire({ first, payload, isMasked = false, sizeBytes, said }: Frame): Buffer {
  const length = said ?? BigInt(payload.length);
  const bytes = sizeBytes ?? (length < 126n ? 0 : length < 65_536n ? 2 : 8);
  const head = Buffer.alloc(2 + bytes);
  head[0] = first;
  head[1] = (bytes === 0 ? Number(length) : bytes === 2 ? 126 : 127) | (isMasked ? 0x80 : 0);
  if (bytes === 2) head.writeUInt16BE(Number(length), 2);
  if (bytes === 8) head.writeBigUInt64BE(length, 2);
  return Buffer.concat([head, ...(isMasked ? [Buffer.from([0, 0, 0, 0])] : []), payload]);
}

const bytes = (maxLength: number): fc.Arbitrary<Buffer> => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
const text: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 8, arbitrary: fc.string({ maxLength: 200 }).map((value) => Buffer.from(value)) },
  // Not UTF-8.
  { weight: 2, arbitrary: bytes(40) },
  { weight: 1, arbitrary: fc.constantFrom(125, 126, 127, 65_535, 65_536, FRAME_MAX_BYTES).map((size) => Buffer.alloc(size, 'x')) },
);
const control: fc.Arbitrary<Frame> = fc.record({ first: fc.constantFrom(0x89, 0x8a), payload: bytes(125) });
const whole: fc.Arbitrary<Frame> = fc
  .record({
    first: fc.constantFrom(0x81, 0x81, 0x82),
    payload: text,
    sizeBytes: fc.constantFrom(undefined, undefined, undefined, 8 as const),
  })
  .map(({ sizeBytes, ...frame }) => (sizeBytes === undefined ? frame : { ...frame, sizeBytes }));
/** A message in pieces, with pings between them. */
const fragmented: fc.Arbitrary<Frame[]> = fc
  .record({
    opcode: fc.constantFrom(1, 2),
    parts: fc.array(text, { minLength: 2, maxLength: 4 }),
    between: fc.array(control, { maxLength: 2 }),
  })
  .map(({ opcode, parts, between }) =>
    parts.flatMap((payload, at): Frame[] => {
      const isLast = at === parts.length - 1;
      const part = { first: (at === 0 ? opcode : 0) | (isLast ? 0x80 : 0), payload };
      return at === 0 ? [part, ...between] : [part];
    }),
  );
const closing: fc.Arbitrary<Frame> = fc.oneof(
  fc.constant({ first: 0x88, payload: Buffer.alloc(0) }),
  fc.record({ code: fc.constantFrom(1000, 1001, 1006, 1012, 4000, 999), reason: bytes(20) }).map(({ code, reason }) => {
    const payload = Buffer.concat([Buffer.alloc(2), reason]);
    payload.writeUInt16BE(code, 0);
    return { first: 0x88, payload };
  }),
);
/** What no server may send. */
const wrong: fc.Arbitrary<readonly Frame[]> = fc.oneof(
  // Reserved bits, opcodes that nobody has defined.
  fc.record({ first: fc.constantFrom(0xc1, 0xa1, 0x91, 0xc9, 0x83, 0x87, 0x8b, 0x8f, 0x03), payload: bytes(30) }).map((frame) => [frame]),
  fc.record({ first: fc.constantFrom(0x81, 0x82, 0x89), payload: bytes(30), isMasked: fc.constant(true) }).map((frame) => [frame]),
  // The rest of a message that was not begun.
  fc.record({ first: fc.constantFrom(0x00, 0x80), payload: bytes(30) }).map((frame) => [frame]),
  // A whole message within another.
  text.map((payload) => [
    { first: 0x01, payload: Buffer.from('begun') },
    { first: 0x81, payload },
  ]),
  // Control frames in pieces, too long, or with half a code.
  fc.record({ first: fc.constantFrom(0x09, 0x0a, 0x08), payload: bytes(30) }).map((frame) => [frame]),
  fc.constantFrom(0x88, 0x89, 0x8a).map((first) => [{ first, payload: Buffer.alloc(126) }]),
  fc.constant([{ first: 0x88, payload: Buffer.from('1') }]),
  // Messages that are too large, as one and in pieces, and lengths beyond all measure.
  fc.constantFrom(0x81, 0x82).map((first) => [{ first, payload: Buffer.alloc(FRAME_MAX_BYTES + 1, 'y') }]),
  fc.constant([
    { first: 0x01, payload: Buffer.alloc(FRAME_MAX_BYTES, 'y') },
    { first: 0x80, payload: Buffer.from('z') },
  ]),
  fc.constantFrom(2n ** 53n, 2n ** 63n).map((said) => [{ first: 0x81, payload: Buffer.from('short'), said }]),
);

const script: fc.Arbitrary<Script> = fc
  .record({
    frames: fc.array(
      fc.oneof(
        { weight: 30, arbitrary: whole.map((frame) => [frame]) },
        { weight: 5, arbitrary: fragmented },
        { weight: 5, arbitrary: control.map((frame) => [frame]) },
        { weight: 1, arbitrary: wrong },
        { weight: 1, arbitrary: closing.map((frame) => [frame]) },
      ),
      { maxLength: 40, size: 'max' },
    ),
    cuts: fc.array(fc.nat(), { maxLength: 12, size: 'max' }),
    /** Where the stream breaks off, from its end. */
    lost: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 300 }) }),
    isHasty: fc.boolean(),
  })
  .map(({ frames, cuts, lost, isHasty }) => {
    const all = Buffer.concat(frames.flat().map(wire));
    const stream = all.subarray(0, Math.max(0, all.length - lost));
    const places = [0, ...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length];
    const pieces = places.slice(1).map((to, at) => stream.subarray(places[at], to));
    return { pieces: pieces.filter(({ length }) => length > 0), isHasty };
  });
/** Messages after which the client does not read for a moment. */
const pauses = fc.array(fc.nat({ max: 30 }), { maxLength: 3 });

let server: Server;
let current: Script;

beforeAll(async () => {
  server = createServer({ noDelay: true }, (socket) => void serve(socket, current));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
});

async function serve(socket: Socket, { pieces, isHasty }: Script): Promise<void> {
  // A client that has had enough may be gone.
  socket.on('error', () => undefined);
  let request = '';
  await new Promise<void>((resolve) =>
    socket.on('data', (data) => {
      request += data.toString('latin1');
      if (request.includes('\r\n\r\n')) resolve();
    }),
  );
  const key = /^sec-websocket-key: (.*)\r$/im.exec(request)![1]!;
  const accept = createHash('sha1')
    .update(key + KEY_SUFFIX)
    .digest('base64');
  const answer = Buffer.from(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  const sent = isHasty && pieces.length > 0 ? [Buffer.concat([answer, pieces[0]!]), ...pieces.slice(1)] : [answer, ...pieces];
  for (const piece of sent) {
    socket.write(piece);
    // The client, in this process, reads it meanwhile.
    await turn();
    await turn();
  }
  socket.end();
}

async function hear(isTapped: boolean, pauseAt: readonly number[]): Promise<Heard> {
  const events: string[] = [];
  let messages = 0;
  let taken = 0;
  let connection: Connection | undefined;
  const told = (frame: Uint8Array): void => {
    events.push(`message ${Buffer.from(frame).toString('latin1')}`);
    messages += 1;
    if (!pauseAt.includes(messages)) return;
    connection?.pause();
    setTimeout(() => connection?.resume(), 1);
  };
  const end = await new Promise<DialEnd>((onEnd) => {
    connection = dialWebSocket({ nowMs: () => 0, frameMaxBytes: FRAME_MAX_BYTES })(
      `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
      {
        onOpen: () => events.push('open'),
        onFrame: told,
        ...(isTapped
          ? {
              onFrames(chunk: Uint8Array, bounds: Uint32Array, count: number) {
                for (let frame = 0; frame < count; frame++) told(chunk.subarray(bounds[2 * frame], bounds[2 * frame + 1]));
                taken += count;
              },
            }
          : {}),
        onSignOfLife: () => events.push('sign of life'),
        onEnd,
      },
    );
  });
  return { events, end, taken };
}

describe('messages taken beside ws', () => {
  it('are those that ws alone gives, in the same order and to the same end, whatever a server sends and wherever it is cut', async () => {
    process.stdout.write(`frames beside ws: FUZZ_SEED=${SEED}\n`);
    const sums = { messages: 0, taken: 0, ends: new Map<string, number>() };
    await fc.assert(
      fc.asyncProperty(script, pauses, async (given, pauseAt) => {
        current = given;
        const alone = await hear(false, pauseAt);
        const tapped = await hear(true, pauseAt);
        sums.messages += alone.events.length;
        sums.taken += tapped.taken;
        const reason = 'reason' in alone.end ? alone.end.reason.replaceAll(/[^ -~]/g, '').slice(0, 40) : '';
        const name = alone.end.kind === 'closed' ? `closed ${alone.end.code}` : `${alone.end.kind} ${reason}`;
        sums.ends.set(name, (sums.ends.get(name) ?? 0) + 1);
        expect({ events: tapped.events, end: tapped.end }).toEqual({ events: alone.events, end: alone.end });
      }),
      { seed: SEED, numRuns: RUNS },
    );
    process.stdout.write(
      `${RUNS} connections, ${sums.messages} events, ${sums.taken} messages taken; ends ${JSON.stringify([...sums.ends])}\n`,
    );
    expect(sums.taken).toBeGreaterThan(2 * RUNS);
    expect(sums.ends.size).toBeGreaterThan(8);
  });

  it('end with a message of more pieces than ws takes, which only ws knows', async () => {
    const part = wire({ first: 0x00, payload: Buffer.alloc(0) });
    const message = Buffer.concat([
      wire({ first: 0x01, payload: Buffer.alloc(0) }),
      ...Array.from({ length: 20_000 }, () => part),
      wire({ first: 0x80, payload: Buffer.alloc(0) }),
    ]);
    const plain = (payload: string): Buffer => wire({ first: 0x81, payload: Buffer.from(payload) });
    current = { pieces: [plain('before'), message, plain('behind')], isHasty: false };
    for (const isTapped of [false, true]) {
      const { events, end } = await hear(isTapped, []);
      expect(events).toEqual(['open', 'message before']);
      expect(end).toMatchObject({ kind: 'failed' });
    }
  });
});
