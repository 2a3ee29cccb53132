/** The taker's side, as stored (Enum8). */
export const SIDE = { unknown: 0, buy: 1, sell: 2 } as const;
export type Side = keyof typeof SIDE;
export const SIDES: readonly Side[] = ['unknown', 'buy', 'sell'];

/** How a trade was received, as stored (Enum8). A higher number is the more direct origin and replaces a lower one in the store. */
export const ORIGIN = { backfill: 0, import: 1, replay: 2, snapshot: 3, live: 4 } as const;
export type Origin = keyof typeof ORIGIN;
export const ORIGINS: readonly Origin[] = ['backfill', 'import', 'replay', 'snapshot', 'live'];

/** Origins of trades that were backfilled: a candle with one of them is at best `backfilled`. */
export function isRepaired(origin: number): boolean {
  return origin === ORIGIN.backfill || origin === ORIGIN.import;
}
