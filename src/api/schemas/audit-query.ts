import { Type } from 'typebox';
import { TIME_EXPECTED } from '../../codec/json/parse-time.js';
import { marketParameters, textNeeded, TimeParameter } from './query.js';

export const AuditQuery = Type.Object(
  {
    ...marketParameters,
    from: textNeeded(`${TIME_EXPECTED}; inclusive`),
    to: textNeeded(`${TIME_EXPECTED}; exclusive`),
    ...TimeParameter,
  },
  { additionalProperties: false },
);
