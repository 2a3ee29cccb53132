import { writeHeader } from './write-header.js';

const TEXT = 0x01;
const CONTINUATION = 0x00;
const LAST = 0x80;
const HEADER_MAX_BYTES = 10;

/** One text message of any bytes as so many WebSocket frames (RFC 6455); pieces may be empty. */
export function encodeMessage(bytes: Uint8Array, pieces: number): Buffer {
  const buffer = Buffer.allocUnsafe(bytes.length + pieces * HEADER_MAX_BYTES);
  const pieceBytes = Math.ceil(bytes.length / pieces);
  let end = 0;
  for (let piece = 0; piece < pieces; piece++) {
    const part = bytes.subarray(piece * pieceBytes, (piece + 1) * pieceBytes);
    const opcode = (piece === 0 ? TEXT : CONTINUATION) | (piece === pieces - 1 ? LAST : 0);
    end = writeHeader(buffer, end, opcode, part.length);
    buffer.set(part, end);
    end += part.length;
  }
  return buffer.subarray(0, end);
}
