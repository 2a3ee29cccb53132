const LENGTH_16_BITS = 126;
const LENGTH_64_BITS = 127;

/** Writes the header of an unmasked WebSocket frame (RFC 6455) and returns where it ends: at most ten bytes on. */
export function writeHeader(buffer: Buffer, start: number, firstByte: number, lengthBytes: number): number {
  buffer[start] = firstByte;
  if (lengthBytes < LENGTH_16_BITS) {
    buffer[start + 1] = lengthBytes;
    return start + 2;
  }
  if (lengthBytes < 0x1_0000) {
    buffer[start + 1] = LENGTH_16_BITS;
    return buffer.writeUInt16BE(lengthBytes, start + 2);
  }
  buffer[start + 1] = LENGTH_64_BITS;
  return buffer.writeBigUInt64BE(BigInt(lengthBytes), start + 2);
}
