/** A paced load is sent in ticks; each trade's time is that of its tick, whether or not it leaves then. */
export const TICK_NS = 1_000_000n;
const TICKS_PER_SECOND = 1_000;

/** @throws where a rate is no multiple of the ticks */
export function tradesPerTick(rate: number): number {
  if (rate % TICKS_PER_SECOND !== 0) throw new Error(`a rate of ${rate} trades a second is no multiple of ${TICKS_PER_SECOND}`);
  return rate / TICKS_PER_SECOND;
}
