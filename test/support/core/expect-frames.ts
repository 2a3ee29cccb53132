import { expect } from 'vitest';
import { ORIGIN, TradeBlock } from '../../../src/domain/trade-block.js';
import type { FrameFormat } from '../../../src/exchanges/shared/frame-format.js';
import { SymbolLookup } from '../../../src/exchanges/shared/symbol-lookup.js';
import type { Venue } from '../../../src/exchanges/venue.js';
import { frameBlock, rowOf } from './blocks.js';
import { expectEqual } from './expect-equal.js';
import type { FrameReading, ReadItem } from './frame-reading.js';
import { ANY_SKEW_US, venueBench } from './venue-bench.js';

const EARLIEST_US = Date.UTC(2009, 0, 3) * 1_000;
const LATEST_US = Date.UTC(2100, 0, 1) * 1_000;
const RECEIVED_NS = BigInt(Date.UTC(2026, 7, 9, 21, 5)) * 1_000_000n;
const utf8 = new TextDecoder();

export interface VenueUnderTest {
  readonly venue: Venue;
  readonly format: FrameFormat;
  readonly markets: readonly string[];
  readonly read: (text: string, markets: readonly string[]) => FrameReading;
}

export interface Tally {
  trades: number;
  empties: number;
  rejects: number;
  quiet: number;
}

const isOfAnAge = (time: number): boolean => time >= EARLIEST_US && time < LATEST_US;

/** Judged against the frame's own time where it has one; a snapshot's trades may be as old as a market. */
function isAbsurd(time: number, sentAt: number, isSnapshot: boolean): boolean {
  if (sentAt < 0) return !isOfAnAge(time);
  return time > sentAt + ANY_SKEW_US || (time < sentAt - ANY_SKEW_US && (!isSnapshot || !isOfAnAge(time)));
}

/** By symbol, then id; of two with one id the older comes first. */
function emitted(items: readonly ReadItem[], markets: readonly string[], newestFirst: boolean): ReadItem[] {
  const key = (item: ReadItem): [number, number] =>
    item.kind === 'trade' ? [markets.indexOf(item.trade.symbol), item.trade.id] : [markets.indexOf(item.symbol!), item.id!];
  const inTime = newestFirst ? items.toReversed() : [...items];
  const isNamed = (item: ReadItem): boolean => item.kind === 'trade' || item.id !== undefined;
  const named = inTime.filter(isNamed).sort((a, b) => key(a)[0] - key(b)[0] || key(a)[1] - key(b)[1]);
  return [...named, ...inTime.filter((item) => !isNamed(item))];
}

/** Decodes frames in one block, any time of the last years being believed, and holds all of it against the reference's reading. */
export function expectAgreement({ venue, format, markets, read }: VenueUnderTest, frames: readonly Uint8Array[], spare: Uint8Array): Tally {
  const { decode } = venueBench(venue, markets);
  const timed = frames.map((bytes, at) => ({ bytes, receiveTime: RECEIVED_NS + BigInt(at) * 1_000n }));
  const block = frameBlock(timed, spare.length);
  block.bytes.set(spare, block.length);
  const decoded = decode(block);
  const { trades, rejects, empties } = decoded;
  let row = 0;
  let reject = 0;
  let empty = 0;
  const sum = { controls: 0, ignored: 0, lost: 0, venueTime: -1, next: 0, doubted: -1 };
  const tally: Tally = { trades: trades.length, empties: 0, rejects: rejects.length, quiet: 0 };
  for (const { bytes, receiveTime } of timed) {
    const text = utf8.decode(bytes);
    const expectReject = (faults: ReadonlySet<string>, symbol?: string, id?: number): void => {
      const said = rejects[reject++];
      if (said === undefined || !faults.has(said.reason)) expect([...faults], text).toContain(said?.reason);
      expectEqual([said!.id, said!.receiveTime, said!.raw], [id, receiveTime, utf8.decode(bytes.subarray(0, 4_096))], text);
      if (id === undefined) return;
      expectEqual(said!.symbol, symbol, text);
      expectEqual(empties[empty++], { symbol: markets.indexOf(symbol!), id, rejected: true, row }, text);
    };
    const reading = read(text, markets);
    if (reading.kind === 'reject') {
      expectReject(reading.faults);
      continue;
    }
    if (reading.kind === 'quiet') {
      sum.controls += reading.controls;
      sum.ignored += reading.isOther ? 1 : 0;
      tally.quiet += 1;
    }
    const { sentAt, sequence } = reading;
    if (sentAt >= 0 && !isOfAnAge(sentAt)) {
      expectReject(new Set(['absurd_time']));
      continue;
    }
    sum.venueTime = Math.max(sum.venueTime, sentAt);
    // A number a million and more ahead is a mistake of the venue, unless the number before it came as such a mistake, too.
    const isBelieved = sequence - sum.next <= 1_000_000 || sequence === sum.doubted + 1;
    if (sequence >= 0 && isBelieved) {
      sum.lost += Math.min(1_000_000, Math.max(0, sequence - sum.next));
      sum.next = Math.max(sum.next, sequence + 1);
    } else if (sequence >= 0) {
      sum.doubted = sequence;
    }
    if (reading.kind === 'quiet') continue;
    for (const item of emitted(reading.items, markets, format.newestFirst)) {
      if (item.kind === 'reject') {
        expectReject(item.faults, item.symbol, item.id);
        continue;
      }
      const { trade, isSnapshot } = item;
      if (isAbsurd(trade.time, sentAt, isSnapshot)) {
        expectReject(new Set(['absurd_time']), trade.symbol, trade.id);
        continue;
      }
      if (sentAt < 0) sum.venueTime = Math.max(sum.venueTime, trade.time);
      if (trade.quantity === 0n) {
        expectEqual(empties[empty++], { symbol: markets.indexOf(trade.symbol), id: trade.id, rejected: false, row }, text);
        tally.empties += 1;
        continue;
      }
      expectEqual(rowOf(trades, row), trade, text);
      const metadata = [trades.sequence[row], trades.receiveTime[row], trades.origin[row]];
      expectEqual(metadata, [sequence, receiveTime, isSnapshot ? ORIGIN.snapshot : ORIGIN.live], text);
      row += 1;
    }
  }
  expect([row, reject, empty]).toEqual([trades.length, rejects.length, empties.length]);
  expect([decoded.controls.length, decoded.ignored, decoded.lostFrames?.count ?? 0]).toEqual([sum.controls, sum.ignored, sum.lost]);
  expect(decoded.venueTime).toBe(sum.venueTime);
  return tally;
}

/**
 * Holds the scanner alone against the general parser alone, at any place in memory and before anything.
 * @returns what does it for a frame, and says whether the scanner took it
 */
export function scannerAgreement({
  venue,
  format,
  markets,
}: VenueUnderTest): (frame: Uint8Array, before: number, after: Uint8Array) => boolean {
  const { symbols, resolve } = venueBench(venue, markets);
  const scanner = format.scanner(new SymbolLookup(resolve));
  return (frame, before, after) => {
    const bytes = new Uint8Array(before + frame.length + after.length + 64);
    bytes.set(frame, before);
    bytes.set(after, before + frame.length);
    const block = new TradeBlock(symbols, 1, 1);
    const rows = scanner.scan(bytes, new DataView(bytes.buffer), before, before + frame.length, block);
    if (rows < 0) return false;
    const text = utf8.decode(frame);
    const read = format.read(text, resolve);
    if (!('trades' in read)) throw new Error(`the general parser refuses ${text}`);
    expectEqual([scanner.sentAt, scanner.sequence, rows], [read.sentAt, read.sequence, read.trades.length], text);
    read.trades.forEach((trade, row) => {
      if (trade.kind === 'refused') throw new Error(`the general parser refuses a trade of ${text}`);
      const { id, time, price, quantity, side } = trade;
      const said = { symbol: symbols.nameOf(trade.code), id, time, price, quantity, bought: side === 'buy', repaired: true };
      // The origin is not the scanner's to write: an untouched row says `backfill`.
      expectEqual([rowOf(block, row), scanner.isSnapshot], [said, trade.isSnapshot], text);
    });
    return true;
  };
}
