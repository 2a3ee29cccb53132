import { loadPeer } from './load-peer.js';

export interface TardisTrade {
  readonly type: 'trade';
  readonly symbol: string;
  readonly price: number;
  readonly amount: number;
}

interface TardisBar {
  readonly type: 'trade_bar';
  readonly interval: number;
  readonly trades: number;
}

interface TardisMapper {
  canHandle(message: unknown): boolean;
  map(message: unknown, localTimestamp: Date): IterableIterator<TardisTrade>;
}

/** The part of tardis-dev that takes part: one venue's trades into its own shape, and bars of them. */
export interface Tardis {
  readonly normalizeTrades: (exchange: 'binance', localTimestamp: Date) => TardisMapper;
  readonly computeTradeBars: (options: { readonly kind: 'time'; readonly interval: number }) => () => unknown;
  readonly compute: (messages: Generator<TardisTrade>, ...computables: (() => unknown)[]) => AsyncIterable<TardisTrade | TardisBar>;
}

/** Undefined where it is not installed. */
export async function loadTardis(): Promise<Tardis | undefined> {
  return (await loadPeer('tardis-dev')) as Tardis | undefined;
}
