import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SeracError } from '../../errors.js';

/** Where the daemon of a data folder answers. */
export interface DaemonRecord {
  readonly pid: number;
  readonly api: string;
}

const NAME = 'daemon.json';

export function writeDaemonRecord(dataDir: string, record: DaemonRecord): void {
  const path = join(dataDir, NAME);
  writeFileSync(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function removeDaemonRecord(dataDir: string): void {
  rmSync(join(dataDir, NAME), { force: true });
}

/** @throws SeracError `not_found` where no daemon has written one */
export function readDaemonRecord(dataDir: string): DaemonRecord {
  try {
    return JSON.parse(readFileSync(join(dataDir, NAME), 'utf8')) as DaemonRecord;
  } catch (cause) {
    throw new SeracError(
      'not_found',
      `No daemon runs on ${dataDir}: start one with \`serac run\`, or name its folder with --data or its address with --api.`,
      {
        cause,
      },
    );
  }
}
