import type { FrameBlock } from '../../domain/frame-block.js';
import type { Reject } from '../../domain/reject.js';
import type { SymbolTable } from '../../domain/symbol-table.js';
import { ORIGIN, TradeBlock } from '../../domain/trade-block.js';
import { Refusal } from '../shared/general-trade.js';
import { RejectQuota } from '../shared/reject-quota.js';
import { SymbolLookup } from '../shared/symbol-lookup.js';
import type { Control, Decode, DecodeContext, EmptyId } from '../venue.js';
import { SENT_AT, SHAPE } from './frame.js';
import { readFrame } from './general-frame.js';
import { LearnedFrames } from './learned-frames.js';
import { ABSURD, UsualFrames } from './usual-frames.js';

/** Raw bytes of a frame that are kept with a reject. */
const REJECT_BYTES_MAX = 4_096;

/**
 * Templates learned from a venue's frames, by symbol table: connections share it, because separate memory for each, written in turn, would
 * not stay in the cache.
 */
const learned = new WeakMap<SymbolTable, LearnedFrames>();

function learnedOf(symbols: SymbolTable): LearnedFrames {
  let frames = learned.get(symbols);
  if (frames === undefined) learned.set(symbols, (frames = new LearnedFrames()));
  return frames;
}

/** Binance: at most one trade per frame. The scanner handles the usual shape, the general parser all others. */
export function binanceDecoder({ symbols, resolve, clock }: DecodeContext): Decode {
  const usual = new UsualFrames(new SymbolLookup(resolve), learnedOf(symbols), clock, symbols);
  const text = new TextDecoder();
  const quota = new RejectQuota();

  return (frames: FrameBlock) => {
    const { count } = frames;
    const trades = new TradeBlock(symbols, frames.connectionId, count);
    usual.begin(frames, trades);
    const rejects: Reject[] = [];
    const empties: EmptyId[] = [];
    const controls: Control[] = [];
    let refused = 0;

    const refuse = (frame: number, refusal: Refusal, symbol: string, code: number, id: number | undefined): void => {
      refused += 1;
      if (code >= 0 && id !== undefined) empties.push({ symbol: code, id, rejected: true, row: usual.row });
      if (!quota.admits(refusal.reason, usual.localTime)) return;
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
    };

    for (let frame = usual.scanFrom(0); frame < count; frame = usual.scanFrom(frame + 1)) {
      const { row } = usual;
      let { shape } = usual;
      let sent = SENT_AT[0]!;
      if (shape === SHAPE.unusual) {
        if (quota.skips(frames.bytes, frames.starts[frame]!, frames.ends[frame]!, usual.localTime)) {
          refused += 1;
          continue;
        }
        const general = readFrame(text.decode(frames.frame(frame)), resolve, trades, row);
        if (general.kind === 'reject') {
          refuse(frame, general.refusal, general.symbol, general.code, general.id);
          continue;
        }
        if (general.kind === 'control') {
          controls.push(general.control);
          continue;
        }
        if (general.kind === 'other') {
          usual.ignored += 1;
          continue;
        }
        sent = general.sentAt;
        if (!usual.judge(frame, sent)) shape = ABSURD;
        else shape = general.kind === 'empty' ? SHAPE.empty : SHAPE.trade;
      }
      if (shape === ABSURD) {
        const detail = `event time ${trades.eventTime[row]!} us, sent at ${sent} us`;
        refuse(frame, new Refusal('absurd_time', detail), '', trades.symbol[row]!, trades.id[row]);
      } else if (shape === SHAPE.empty) {
        empties.push({ symbol: trades.symbol[row]!, id: trades.id[row]!, rejected: false, row });
      } else {
        usual.accept(frame);
      }
    }
    trades.origin.fill(ORIGIN[frames.origin], 0, usual.row);
    trades.length = usual.row;
    const { ignored, venueTime, localTime } = usual;
    return { trades, rejects, moreRejects: refused > 0 ? quota.take() : undefined, empties, controls, ignored, venueTime, localTime };
  };
}
