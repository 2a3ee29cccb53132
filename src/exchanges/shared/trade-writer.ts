import type { Reject, RejectReason } from '../../domain/reject.js';
import { SIDE, type TradeBlock } from '../../domain/trade-block.js';
import type { EmptyId } from '../venue.js';
import { writeAmounts, type Refusal } from './general-trade.js';
import type { ReadTrade, RefusedTrade } from './read-trade.js';

/** Raw text kept with a reject, in characters or bytes. */
export const REJECT_RAW_MAX = 4_096;

/** What all trades of one frame or page have in common. */
export interface Arrival {
  /** ORIGIN. */
  readonly origin: number;
  readonly sequence: number;
  readonly receiveTime: bigint;
  /** The received text, made only if something is rejected. */
  readonly raw: () => string;
}

/** Writes trades from a general parser into a block, in the order given; entries that are not trades are kept separately. */
export class TradeWriter {
  readonly rejects: Reject[] = [];
  readonly empties: EmptyId[] = [];

  /** @param keeps whether a reject is kept; others are counted elsewhere */
  constructor(
    readonly trades: TradeBlock,
    readonly keeps: (reason: RejectReason) => boolean = () => true,
  ) {}

  write(trade: ReadTrade, arrival: Arrival): void {
    const { trades } = this;
    const row = trades.length;
    if (trade.quantity === 0n) {
      this.empties.push({ symbol: trade.code, id: trade.id, rejected: false, row });
      return;
    }
    if (row === trades.capacity) trades.grow(Math.max(16, row * 2));
    // readTrade has checked that they fit.
    writeAmounts(trades, row, trade.price, trade.quantity);
    trades.symbol[row] = trade.code;
    trades.id[row] = trade.id;
    trades.eventTime[row] = trade.time;
    trades.side[row] = SIDE[trade.side];
    trades.sequence[row] = arrival.sequence;
    trades.origin[row] = arrival.origin;
    trades.receiveTime[row] = arrival.receiveTime;
    trades.length += 1;
  }

  /** Rejects a trade, or an unreadable entry; its id, if known, counts as covered. */
  refuse({ code, id, symbol = '' }: Pick<RefusedTrade, 'code' | 'id'> & { symbol?: string }, refusal: Refusal, arrival: Arrival): void {
    const { trades } = this;
    if (code >= 0 && id !== undefined) this.empties.push({ symbol: code, id, rejected: true, row: trades.length });
    if (!this.keeps(refusal.reason)) return;
    this.rejects.push({
      reason: refusal.reason,
      detail: refusal.detail,
      exchange: trades.symbols.exchange,
      symbol: code >= 0 ? trades.symbols.nameOf(code) : symbol,
      ...(id === undefined ? {} : { id }),
      receiveTime: arrival.receiveTime,
      connectionId: trades.connectionId,
      raw: arrival.raw(),
    });
  }
}
