import { loadPeer } from './load-peer.js';

export interface DecimalValue {
  plus(other: DecimalValue): DecimalValue;
  times(other: DecimalValue): DecimalValue;
  greaterThan(other: DecimalValue): boolean;
  lessThan(other: DecimalValue): boolean;
  toFixed(): string;
}

/** Makes a value of decimal text. */
export type DecimalClass = new (text: string) => DecimalValue;

/** decimal.js, with as many digits as a sum of products needs; undefined where it is not installed. */
export async function loadDecimal(precision: number): Promise<DecimalClass | undefined> {
  const peer = (await loadPeer('decimal.js')) as { readonly Decimal: { clone(options: object): DecimalClass } } | undefined;
  return peer?.Decimal.clone({ precision });
}
