/** A market as listed by its venue. Tick and lot size are decimal strings. */
export interface Instrument {
  readonly exchange: string;
  readonly symbol: string;
  readonly venueSymbol: string;
  readonly assetClass: 'spot' | 'perpetual' | 'future';
  readonly base: string;
  readonly quote: string;
  readonly tickSize: string;
  readonly lotSize: string;
}
