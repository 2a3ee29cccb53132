import type { FrameBlock } from '../../domain/frame-block.js';
import type { Reject } from '../../domain/reject.js';
import { TradeBlock } from '../../domain/trade-block.js';
import { ORIGIN } from '../../domain/trade.js';
import { Refusal } from '../general-trade.js';
import { SymbolLookup } from '../symbol-lookup.js';
import type { Control, Decode, DecodeContext, EmptyId } from '../venue.js';
import { SENT_AT, scanTrade, SHAPE } from './frame.js';
import { readFrame } from './general-frame.js';
import { LearnedFrames } from './learned-frames.js';

/** Raw bytes of a frame that are kept with a reject. */
const REJECT_BYTES_MAX = 4_096;

/** Binance: one trade a frame at most. The scanner takes the usual shape, the general parser all others. */
export function binanceDecoder({ symbols, resolve, clock }: DecodeContext): Decode {
  const lookup = new SymbolLookup(resolve);
  const learned = new LearnedFrames();
  const text = new TextDecoder();

  return (frames: FrameBlock) => {
    const { bytes, starts, count } = frames;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // The scanner goes on while bytes match: a zero stops it behind the last frame, whatever an earlier use of the memory left there.
    bytes[frames.length] = 0;
    const received = new Uint32Array(frames.receiveTime.buffer, frames.receiveTime.byteOffset, count * 2);
    const trades = new TradeBlock(symbols, frames.connectionId, count);
    // Copied as words: reading a BigInt64Array makes an object of each value.
    const stamps = new Uint32Array(trades.receiveTime.buffer);
    const origin = ORIGIN[frames.origin];
    const rejects: Reject[] = [];
    const empties: EmptyId[] = [];
    const controls: Control[] = [];
    let ignored = 0;
    let venueTime = -1;
    let localTime = 0;
    let row = 0;
    let stampLow = -1;
    let stampHigh = -1;
    let heardSent = -1;
    let heardLocal = -1;

    const refuse = (frame: number, refusal: Refusal, symbol: string, code: number, id: number | undefined, at: number): void => {
      rejects.push({
        reason: refusal.reason,
        detail: refusal.detail,
        exchange: symbols.exchange,
        symbol: code >= 0 ? symbols.nameOf(code) : symbol,
        ...(id === undefined ? {} : { id }),
        receiveTime: frames.receiveTime[frame]!,
        connectionId: frames.connectionId,
        raw: text.decode(frames.frame(frame).subarray(0, REJECT_BYTES_MAX)),
      });
      if (code >= 0 && id !== undefined) empties.push({ symbol: code, id, rejected: true, row: at });
    };

    for (let frame = 0; frame < count; frame++) {
      const start = starts[frame]!;
      const end = starts[frame + 1]!;
      const low = received[2 * frame]!;
      const high = received[2 * frame + 1]!;
      // All frames of a socket's chunk have one stamp.
      if (low !== stampLow || high !== stampHigh) {
        localTime = (high * 4_294_967_296 + low) / 1_000;
        stampLow = low;
        stampHigh = high;
      }
      let shape: number = learned.scan(bytes, view, start, end, trades, row);
      if (shape === SHAPE.unusual) {
        shape = scanTrade(bytes, view, start, end, lookup, trades, row);
        if (shape === SHAPE.trade || shape === SHAPE.empty) learned.learn(bytes, view, start, end, trades.symbol[row]!);
      }
      let sent = SENT_AT[0]!;
      // The scanner writes no high limbs; a row may carry those of a wide value that was refused before it.
      if (trades.priceHigh !== null) trades.priceHigh[row] = 0;
      if (trades.quantityHigh !== null) trades.quantityHigh[row] = 0;
      if (shape === SHAPE.unusual) {
        const general = readFrame(text.decode(bytes.subarray(start, end)), resolve, trades, row);
        if (general.kind === 'reject') {
          refuse(frame, general.refusal, general.symbol, general.code, general.id, row);
          continue;
        }
        if (general.kind === 'control') {
          controls.push(general.control);
          continue;
        }
        if (general.kind === 'other') shape = SHAPE.other;
        else {
          shape = general.kind === 'empty' ? SHAPE.empty : SHAPE.trade;
          sent = general.sentAt;
        }
      }
      if (shape === SHAPE.other) {
        ignored += 1;
        continue;
      }
      const eventTime = trades.eventTime[row]!;
      const tooFarApart = eventTime > sent + clock.maxSkewUs || eventTime < sent - clock.maxSkewUs;
      // What the clock has just taken says nothing more the second time: frames of one chunk and one millisecond are many.
      const heard = sent === heardSent && localTime === heardLocal;
      if (tooFarApart || (!heard && !clock.observe(sent, localTime))) {
        const detail = `event time ${eventTime} us, sent at ${sent} us`;
        heardSent = -1;
        refuse(frame, new Refusal('absurd_time', detail), '', trades.symbol[row]!, trades.id[row], row);
        continue;
      }
      heardSent = sent;
      heardLocal = localTime;
      if (sent > venueTime) venueTime = sent;
      if (shape === SHAPE.empty) {
        empties.push({ symbol: trades.symbol[row]!, id: trades.id[row]!, rejected: false, row });
        continue;
      }
      stamps[2 * row] = low;
      stamps[2 * row + 1] = high;
      row += 1;
    }
    trades.origin.fill(origin, 0, row);
    trades.length = row;
    return { trades, rejects, empties, controls, ignored, venueTime, localTime };
  };
}
