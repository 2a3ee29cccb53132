import type { FeedStep } from '../../domain/feed-history.js';
import { formatUs } from './time.js';
import type { JsonTime, TimeFormat } from './time-format.js';

/** A step of a feed's machine, as people and other programs read it. */
export interface FeedStepJson {
  at: JsonTime;
  region: string;
  event: string;
  from: string;
  to: string;
  changed: Record<string, unknown[]>;
  guards: string[];
}

export function feedStepJson({ at, region, event, from, to, changed, guards }: FeedStep, timeFormat: TimeFormat): FeedStepJson {
  return {
    ...{ at: formatUs(at, 6, timeFormat), region, event, from, to, guards: [...guards] },
    changed: Object.fromEntries(Object.entries(changed).map(([name, values]) => [name, [...values]])),
  };
}
