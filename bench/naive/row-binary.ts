import type { TradeBlock } from '../../src/domain/trade-block.js';

/** More than any row takes: names, 73 bytes of numbers, and what is empty. */
const ROW_BYTES_MAX = 160;
const UINT64_MAX = 0xffff_ffff_ffff_ffffn;

/** Rows of `trades_data` in ClickHouse's RowBinary, column after column of each row. */
export function rowBinary(blocks: readonly TradeBlock[], rows: number): Uint8Array {
  const bytes = Buffer.alloc(rows * ROW_BYTES_MAX);
  let at = 0;
  const text = (value: string): void => {
    at = bytes.writeUInt8(value.length, at);
    at += bytes.write(value, at, 'latin1');
  };
  const decimal = (value: bigint): void => {
    at = bytes.writeBigUInt64LE(value & UINT64_MAX, at);
    at = bytes.writeBigUInt64LE(value >> 64n, at);
  };
  let written = 0;
  for (const block of blocks) {
    for (let row = 0; row < block.length && written < rows; row++, written++) {
      text(block.symbols.exchange);
      text(block.symbols.nameOf(block.symbol[row]!));
      at = bytes.writeBigUInt64LE(BigInt(block.id[row]!), at);
      decimal(block.price(row));
      decimal(block.quantity(row));
      at = bytes.writeInt8(block.side[row]!, at);
      at = bytes.writeBigInt64LE(BigInt(block.eventTime[row]!), at);
      at = bytes.writeBigInt64LE(block.receiveTime[row]!, at);
      // No sequence: one byte says so.
      at = bytes.writeUInt8(1, at);
      at = bytes.writeBigUInt64LE(BigInt(block.connectionId), at);
      at = bytes.writeInt8(block.origin[row]!, at);
      text('');
      at = bytes.writeUInt8(0, at);
    }
  }
  return bytes.subarray(0, at);
}
