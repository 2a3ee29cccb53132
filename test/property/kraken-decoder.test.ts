import { KrakenScanner } from '../../src/exchanges/kraken/frame-scanner.js';
import { readFrame } from '../../src/exchanges/kraken/general-frame.js';
import { kraken } from '../../src/exchanges/kraken/index.js';
import { KRAKEN_MARKETS, KRAKEN_OTHERS, readKraken, usualKrakenFrame } from '../support/core/kraken-frames.js';
import { venueDecoderContract } from './venue-decoder.contract.js';

venueDecoderContract(
  'Kraken',
  {
    venue: kraken,
    format: { newestFirst: false, scanner: (lookup) => new KrakenScanner(lookup), read: readFrame },
    markets: KRAKEN_MARKETS,
    read: readKraken,
  },
  { usual: usualKrakenFrame, others: KRAKEN_OTHERS },
);
