import { Type } from 'typebox';
import { rangeParameters } from './query.js';

const MAX_TRADES = 10_000;

export const TradesQuery = Type.Object(rangeParameters(MAX_TRADES), { additionalProperties: false });
