import type { TradeBlock } from '../../src/domain/trade-block.js';
import type { Decoded } from '../../src/exchanges/venue.js';

/** A block as its decoder gave it: the venue's clock stands at its last trade. */
export function asDecoded(trades: TradeBlock): Decoded {
  const last = trades.length - 1;
  const [venueTime, localTime] = [trades.eventTime[last]!, Number(trades.receiveTime[last]! / 1_000n)];
  return { trades, rejects: [], empties: [], controls: [], ignored: 0, venueTime, localTime };
}
