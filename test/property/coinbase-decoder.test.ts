import { CoinbaseScanner } from '../../src/exchanges/coinbase/frame-scanner.js';
import { readFrame } from '../../src/exchanges/coinbase/general-frame.js';
import { coinbase } from '../../src/exchanges/coinbase/index.js';
import { COINBASE_MARKETS, COINBASE_OTHERS, readCoinbase, usualCoinbaseFrame } from '../support/core/coinbase-frames.js';
import { venueDecoderContract } from './venue-decoder.contract.js';

venueDecoderContract(
  'Coinbase',
  {
    venue: coinbase,
    format: { newestFirst: true, scanner: (lookup) => new CoinbaseScanner(lookup), read: readFrame },
    markets: COINBASE_MARKETS,
    read: readCoinbase,
  },
  { usual: usualCoinbaseFrame, others: COINBASE_OTHERS },
);
