import { Type, type Static } from 'typebox';
import { rangeParameters } from './query.js';

export const MAX_TRADES = 10_000;

export const TradesQuery = Type.Object(rangeParameters(MAX_TRADES), { additionalProperties: false });
export type TradesQuery = Static<typeof TradesQuery>;
