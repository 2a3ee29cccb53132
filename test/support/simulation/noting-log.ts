import { pino } from 'pino';
import type { Log } from '../../../src/domain/ports/log.js';
import { REFUSED_BY_LOT } from './stormy-store.js';

/** What a daemon says only when something is wrong that no plan brings about. */
const TROUBLES: readonly string[] = [
  'the table was removed and is recreated empty: its rows are lost',
  'fewer trades are stored than the checkpoints say',
  'a part of a table is damaged and was moved to detached/: its rows are missing until they are repaired',
  'the data folder or its marker was removed while the daemon ran: its files are written again',
  'a file in unwritten/ is not from Serac; it is left in place',
];
const REFUSED = 'the store refused rows';
const UNCLEAN = 'a part did not stop cleanly';
const FULL_DISK = /ENOSPC/;

interface LogListeners {
  readonly onTrouble: (trouble: string) => void;
  /** A part could not do all that it had to when it stopped. */
  readonly onUncleanStop: () => void;
}

/** The daemons' log, of which each line that tells of trouble is noted. */
export function notingLog(level: string, nowMs: () => number, heard: LogListeners): Log {
  const logger = pino({ level, base: { at: '' }, timestamp: () => `,"time":"${new Date(nowMs()).toISOString()}"` });
  return {
    debug: (fields, sentence) => logger.debug(fields, sentence),
    info: (fields, sentence) => logger.info(fields, sentence),
    warn: (fields, sentence) => logger.warn(fields, sentence),
    error: (fields, sentence) => {
      logger.error(fields, sentence);
      // What a daemon says of rows of the last run, in a file, gives a reason.
      const { reason = '', error = reason } = fields as { readonly error?: string; readonly reason?: string };
      const isTrouble =
        TROUBLES.includes(sentence) ||
        (sentence.startsWith(REFUSED) && error !== REFUSED_BY_LOT) ||
        (sentence === UNCLEAN && !FULL_DISK.test(error));
      if (sentence === UNCLEAN) heard.onUncleanStop();
      if (isTrouble) heard.onTrouble(`${sentence}: ${JSON.stringify(fields)}`);
    },
  };
}
