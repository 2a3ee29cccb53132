import { tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeTrades } from '../../../src/codec/arrow-tables.js';
import { batchToken } from '../../../src/sinks/encode-batch.js';
import { SymbolTable } from '../../../src/domain/symbol-table.js';
import { TradeBlock } from '../../../src/domain/trade-block.js';

interface Trade {
  readonly symbol: string;
  readonly id: number;
  readonly price: bigint;
  readonly quantity: bigint;
  readonly side: number;
  readonly eventTime: number;
  readonly receiveTime: bigint;
  readonly sequence: number;
  readonly origin: number;
}

const LIMB = 10n ** 12n;
const LARGEST = 10n ** 38n - 1n;

/** Codes are given in this order, which is not that of the names. */
const SYMBOLS = ['ETH-USDT', 'BTC-USDT', 'BTC-USDT-PERP', 'ADA-USDT'];

function blockOf(trades: readonly Trade[], symbols: SymbolTable, connectionId: number): TradeBlock {
  // Larger than need be, as a decoder makes them.
  const block = new TradeBlock(symbols, connectionId, trades.length + 3);
  trades.forEach((trade, row) => {
    block.symbol[row] = symbols.codeOf(trade.symbol);
    block.id[row] = trade.id;
    block.priceWhole[row] = Number((trade.price / LIMB) % LIMB);
    block.priceFraction[row] = Number(trade.price % LIMB);
    block.quantityWhole[row] = Number((trade.quantity / LIMB) % LIMB);
    block.quantityFraction[row] = Number(trade.quantity % LIMB);
    if (trade.price >= LIMB * LIMB) block.setPriceHigh(row, Number(trade.price / LIMB / LIMB));
    if (trade.quantity >= LIMB * LIMB) block.setQuantityHigh(row, Number(trade.quantity / LIMB / LIMB));
    block.side[row] = trade.side;
    block.eventTime[row] = trade.eventTime;
    block.receiveTime[row] = trade.receiveTime;
    block.sequence[row] = trade.sequence;
    block.origin[row] = trade.origin;
  });
  block.length = trades.length;
  return block;
}

/** What a reader of Arrow that is not ours finds. */
function read(bytes: Uint8Array): object[] {
  const table = tableFromIPC(bytes);
  const column = (name: string) => table.getChild(name)!;
  const words = (name: string, row: number): bigint => {
    const value = column(name).get(row) as Uint32Array;
    return BigInt(value[0]!) | (BigInt(value[1]!) << 32n) | (BigInt(value[2]!) << 64n) | (BigInt(value[3]!) << 96n);
  };
  const ticks = (name: string, row: number): bigint => (column(name).data[0]!.values as BigInt64Array)[row]!;
  return Array.from({ length: table.numRows }, (_, row) => ({
    exchange: column('exchange').get(row) as string,
    symbol: column('symbol').get(row) as string,
    id: Number(column('trade_id').get(row)),
    price: words('price', row),
    quantity: words('quantity', row),
    side: column('side').get(row) as number,
    eventTime: Number(ticks('event_time', row)),
    receiveTime: ticks('receive_time', row),
    sequence: Number(column('sequence').get(row) ?? -1),
    connectionId: Number(column('connection_id').get(row)),
    origin: column('origin').get(row) as number,
  }));
}

const amount = fc.oneof(
  fc.bigInt({ min: 0n, max: 10n ** 20n }),
  fc.bigInt({ min: 0n, max: LARGEST }),
  fc.constantFrom(0n, LIMB - 1n, LIMB, LARGEST),
);
const trade: fc.Arbitrary<Trade> = fc.record({
  symbol: fc.constantFrom(...SYMBOLS),
  id: fc.oneof(fc.integer({ min: 0, max: 2 ** 40 }), fc.maxSafeNat()),
  price: amount,
  quantity: amount,
  side: fc.integer({ min: 0, max: 2 }),
  eventTime: fc.integer({ min: 0, max: 4_102_444_800_000_000 }),
  receiveTime: fc.bigInt({ min: 0n, max: 2n ** 62n }),
  sequence: fc.oneof(fc.constant(-1), fc.maxSafeNat()),
  origin: fc.integer({ min: 0, max: 4 }),
});

describe('trades as an Arrow stream', () => {
  it('hold every digit of every row, by symbol and then in the order in which they came', () => {
    fc.assert(
      fc.property(fc.array(fc.array(trade, { maxLength: 40 }), { minLength: 1, maxLength: 5 }), (parts) => {
        fc.pre(parts.some((part) => part.length > 0));
        const symbols = new SymbolTable('binance');
        for (const symbol of SYMBOLS) symbols.codeOf(symbol);
        const bytes = encodeTrades(parts.map((part, index) => blockOf(part, symbols, 2 ** 47 + index)));
        const rows = parts.flatMap((part, index) => part.map((each) => ({ ...each, exchange: 'binance', connectionId: 2 ** 47 + index })));
        const sorted = SYMBOLS.toSorted().flatMap((symbol) => rows.filter((row) => row.symbol === symbol));
        expect(read(bytes)).toEqual(sorted);
      }),
    );
  });

  it('say of no row that it has no sequence where all have one', () => {
    const symbols = new SymbolTable('kraken');
    const one = { symbol: 'BTC-USDT', id: 1, price: 1n, quantity: 1n, side: 1, eventTime: 1, receiveTime: 1n, sequence: 7, origin: 4 };
    const bytes = encodeTrades([blockOf([one, { ...one, id: 2, sequence: 0 }], symbols, 1)]);
    expect(tableFromIPC(bytes).getChild('sequence')!.nullCount).toBe(0);
    expect(read(bytes).map((row) => (row as { sequence: number }).sequence)).toEqual([7, 0]);
  });

  it('may come in any number of blocks', () => {
    const symbols = new SymbolTable('binance');
    const one = { symbol: 'BTC-USDT', id: 1, price: 1n, quantity: 1n, side: 1, eventTime: 1, receiveTime: 1n, sequence: -1, origin: 4 };
    const blocks = Array.from({ length: 200_000 }, (_, id) => blockOf([{ ...one, id }], symbols, 1));
    expect(tableFromIPC(encodeTrades(blocks)).numRows).toBe(200_000);
  });

  it('are the same bytes, with the same token, whenever they are the same trades', () => {
    const symbols = new SymbolTable('binance');
    const sample = fc.sample(trade, { numRuns: 300, seed: 5 });
    const encode = (): Uint8Array => encodeTrades([blockOf(sample.slice(0, 100), symbols, 9), blockOf(sample.slice(100), symbols, 9)]);
    const bytes = encode();
    expect(Buffer.compare(bytes, encode())).toBe(0);
    expect(batchToken(bytes)).toBe(batchToken(encode()));
  });

  it('owe nothing to what their memory held before', () => {
    const symbols = new SymbolTable('binance');
    const blocks = [blockOf(fc.sample(trade, { numRuns: 301, seed: 6 }), symbols, 9)];
    const dirty = encodeTrades(blocks, (length) => new Uint8Array(length + 100).fill(0xff).subarray(0, length));
    expect(Buffer.compare(dirty, encodeTrades(blocks))).toBe(0);
  });
});

describe('a batch token', () => {
  it('changes with each bit of the bytes and with their number', () => {
    const bytes = Buffer.from(fc.sample(fc.uint8Array({ minLength: 500, maxLength: 500 }), { numRuns: 1, seed: 3 })[0]!);
    const tokens = new Set([
      batchToken(bytes),
      batchToken(bytes.subarray(1)),
      batchToken(bytes.subarray(0, 499)),
      batchToken(Buffer.alloc(0)),
    ]);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const other = Buffer.from(bytes);
      other[bit >> 3]! ^= 1 << (bit & 7);
      tokens.add(batchToken(other));
    }
    expect(tokens.size).toBe(4 + bytes.length * 8);
    for (const token of tokens) expect(token).toMatch(/^[0-9a-f]{32}$/);
  });
});
