import type { TradeBlock } from '../domain/trade-block.js';
import { decimalColumn, dictionaryColumn, int8Column, timestampColumn, toArrowStream, uint64Column } from './arrow-columns.js';
import { writeDecimal, writeUint64 } from './decimal-words.js';
import { SCALE } from '../domain/decimal.js';

/**
 * Trades of one venue as an Arrow IPC stream with the columns of `trades_data`. Blocks hold doubles to compute with; this is the
 * one pass that turns them into the bytes that are stored, spooled and sent.
 * @param blocks all of one symbol table
 */
export function encodeTrades(blocks: readonly TradeBlock[]): Uint8Array {
  const rows = blocks.reduce((sum, block) => sum + block.length, 0);
  const symbols = blocks[0]!.symbols;
  const symbol = new Int32Array(rows);
  const id = new Uint32Array(2 * rows);
  const price = new Uint32Array(4 * rows);
  const quantity = new Uint32Array(4 * rows);
  const side = new Int8Array(rows);
  const eventTime = new Uint32Array(2 * rows);
  const receiveTime = new Uint32Array(2 * rows);
  const sequence = new Uint32Array(2 * rows);
  const sequenceValid = new Uint8Array(Math.ceil(rows / 8));
  const connectionId = new Uint32Array(2 * rows);
  const origin = new Int8Array(rows);
  let nulls = 0;
  let to = 0;
  for (const block of blocks) {
    const { length, priceHigh, quantityHigh } = block;
    symbol.set(block.symbol.subarray(0, length), to);
    side.set(block.side.subarray(0, length), to);
    origin.set(block.origin.subarray(0, length), to);
    receiveTime.set(new Uint32Array(block.receiveTime.buffer, block.receiveTime.byteOffset, 2 * length), 2 * to);
    const { id: ids, eventTime: eventTimes, priceWhole, priceFraction, quantityWhole, quantityFraction, sequence: sequences } = block;
    const { connectionId: connection } = block;
    for (let row = 0; row < length; row++, to++) {
      writeUint64(id, to, ids[row]!);
      writeUint64(eventTime, to, eventTimes[row]!);
      writeUint64(connectionId, to, connection);
      writeDecimal(price, to, priceHigh === null ? 0 : priceHigh[row]!, priceWhole[row]!, priceFraction[row]!);
      writeDecimal(quantity, to, quantityHigh === null ? 0 : quantityHigh[row]!, quantityWhole[row]!, quantityFraction[row]!);
      const number = sequences[row]!;
      if (number >= 0) {
        writeUint64(sequence, to, number);
        sequenceValid[to >> 3]! |= 1 << (to & 7);
      } else {
        nulls += 1;
      }
    }
  }
  return toArrowStream(
    [
      dictionaryColumn('exchange', new Int32Array(rows), [symbols.exchange]),
      dictionaryColumn('symbol', symbol, symbols.names),
      uint64Column('trade_id', rows, id),
      decimalColumn('price', rows, price, SCALE),
      decimalColumn('quantity', rows, quantity, SCALE),
      int8Column('side', side),
      timestampColumn('event_time', 'us', rows, eventTime),
      timestampColumn('receive_time', 'ns', rows, receiveTime),
      uint64Column('sequence', rows, sequence, { bitmap: sequenceValid, nullCount: nulls }),
      uint64Column('connection_id', rows, connectionId),
      int8Column('origin', origin),
    ],
    rows,
  );
}
