import { FrameBlock, splitLines } from '../domain/frame-block.js';
import { SymbolTable } from '../domain/symbol-table.js';
import { ORIGIN, RowsBySymbol } from '../domain/trade-block.js';
import { VenueClock } from '../domain/venue-clock.js';
import { venueNamed } from '../exchanges/registry.js';
import type { Decode, Decoded } from '../exchanges/venue.js';
import { prefold } from '../streams/prefold.js';
import type { DecodeResult, DecodeTask } from './task.js';

interface Decoder {
  readonly symbols: SymbolTable;
  /** Code by the venue's symbol, as far as the owner knows them. */
  readonly codes: Map<string, number>;
  readonly clock: VenueClock;
  readonly decode: Decode;
}

const decoders = new Map<string, Decoder>();
const grouped = new RowsBySymbol();

/** Decodes a block and folds it by itself: what needs the owner's state (covered ids, the venue's time) is left to the owner. */
export function decodeBlock(task: DecodeTask): DecodeResult {
  const { symbols, codes, clock, decode } = decoderOf(task);
  for (const symbol of task.symbols.slice(symbols.size)) codes.set(venueNamed(task.venue).toVenueSymbol(symbol), symbols.codeOf(symbol));
  clock.forget();
  const frames = framesOf(task);
  if (frames === null) return null;
  const decoded = decode(frames);
  const result = resultOf(decoded, frames, clock);
  decoded.trades.release();
  return result;
}

function resultOf(decoded: Decoded, frames: FrameBlock, { offsets }: VenueClock): DecodeResult {
  const { trades, rejects, moreRejects, empties, controls, ignored, venueTime, localTime } = decoded;
  const isOrdinary = rejects.length === 0 && moreRejects === undefined && empties.length === 0 && controls.length === 0;
  if (!isOrdinary || offsets === null || trades.origin.subarray(0, trades.length).some((origin) => origin === ORIGIN.snapshot)) return null;
  const prefolded = prefold(trades, grouped);
  const received = [us(frames.receiveTime[0]!), us(frames.receiveTime[frames.count - 1]!)] as const;
  return { trades: trades.columns(), prefolded, ignored, received, venueTime, localTime, offsets };
}

const us = (ns: bigint): number => Number(ns) / 1_000;

/** Null if there are none, or lines that are not frames. */
function framesOf(task: DecodeTask): FrameBlock | null {
  const frames = FrameBlock.of(task);
  let badLines = 0;
  if (task.textBytes > 0) frames.text = { bytes: task.textBytes, onBadLines: (count) => (badLines = count) };
  splitLines(frames);
  return badLines === 0 && frames.count > 0 ? frames : null;
}

function decoderOf({ venue, maxSkewUs }: DecodeTask): Decoder {
  const key = `${venue} ${maxSkewUs}`;
  let decoder = decoders.get(key);
  if (decoder === undefined) {
    const symbols = new SymbolTable(venue);
    const codes = new Map<string, number>();
    const clock = new VenueClock(maxSkewUs);
    const resolve = (venueSymbol: string): number => codes.get(venueSymbol) ?? -1;
    decoder = { symbols, codes, clock, decode: venueNamed(venue).decoder({ symbols, resolve, clock }) };
    decoders.set(key, decoder);
  }
  return decoder;
}
