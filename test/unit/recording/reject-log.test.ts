import { expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import { RejectLog } from '../../../src/recording/reject-log.js';
import { logged } from '../../support/core/logged.js';

it('rejects are logged by reason, the first at once and those of a minute together', () => {
  const clock = new SimulatedClock();
  const { logger, lines } = logged();
  const log = new RejectLog('binance', { clock, logger });
  const counted = new Map<string, number>();
  log.tell(counted);
  counted.set('not_json', 1);
  log.tell(counted);
  counted.set('not_json', 7).set('absurd_time', 2);
  log.tell(counted);
  expect(lines.splice(0)).toMatchObject([{ level: 40, venue: 'binance', rejects: { not_json: 1 } }]);
  clock.increment(60_000);
  log.tell(counted);
  clock.increment(60_000);
  log.tell(counted);
  expect(lines.map(({ rejects }) => rejects)).toEqual([{ not_json: 6, absurd_time: 2 }]);
});
