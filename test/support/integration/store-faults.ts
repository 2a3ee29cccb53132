import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../core/random.js';
import { PASSING_CODES } from '../passing-codes.js';
import { clickHouseError, type FaultyStoreProxy } from './faulty-store-proxy.js';

/** A store that a daemon reaches through a proxy, with a password file of the daemon's own. */
interface StoreUnderFaults {
  readonly proxy: FaultyStoreProxy;
  readonly pid: number;
  readonly dataDir: string;
  /** What the store takes its password from. */
  readonly secretFile: string;
  /** What the daemon takes it from. */
  readonly passwordFile: string;
}

/** Something that goes wrong with a store and has nothing to do with the rows sent to it. */
export interface StoreFault {
  readonly name: string;
  /** What readiness has to say of it. */
  readonly reason: RegExp;
  /** @returns what ends it */
  begin(store: StoreUnderFaults): Promise<() => void>;
}

/** Runs a command without the rights by which root passes by the modes of files; as another user, as it is. */
export const BOUND_BY_MODES = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : [];

/** The store answers a code that says nothing about the rows. */
export function codeFault(random: Random): StoreFault {
  const [code, name] = random.pick(Object.entries(PASSING_CODES));
  return {
    name: `code ${code} (${name})`,
    reason: new RegExp(`\\(code ${code}, ${name}\\)`),
    begin: ({ proxy }) => {
      proxy.fault = clickHouseError(code, name);
      return Promise.resolve(() => (proxy.fault = null));
    },
  };
}

/** Something else answers where the store was. */
export const garbageFault: StoreFault = {
  name: 'a page instead of an answer',
  reason: /not from ClickHouse/,
  begin: ({ proxy }) => {
    proxy.fault = { status: 200, body: '<h1>It works!</h1>' };
    return Promise.resolve(() => (proxy.fault = null));
  },
};

/** The password is another one, and the daemon is told of it later. */
export const credentialsFault: StoreFault = {
  name: 'credentials rotated',
  reason: /516/,
  begin: async ({ proxy, secretFile, passwordFile }) => {
    const secret = readFileSync(secretFile, 'utf8').trim();
    const next = secret.replace(/./g, (digit) => ((parseInt(digit, 16) + 1) % 16).toString(16));
    writeFileSync(secretFile, `${next}\n`);
    // The store reads its file again when a password comes that it does not know.
    const url = `http://127.0.0.1:${proxy.targetPort}/?query=SELECT%201`;
    for (let tries = 0; ; tries++) {
      const { ok } = await fetch(url, { headers: { 'X-ClickHouse-Key': next } });
      if (ok) break;
      if (tries === 20) throw new Error('the store does not take its new secret');
      await sleep(100);
    }
    return () => writeFileSync(passwordFile, `${next}\n`);
  },
};

/** The store may not open one more file. */
export const descriptorsFault: StoreFault = {
  name: 'no descriptors',
  reason: /./,
  begin: ({ pid }) => {
    const [, before, most] = /^Max open files\s+(\d+)\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))!;
    const limit = (soft: string): void => void execFileSync('prlimit', ['--pid', String(pid), `--nofile=${soft}:${most!}`]);
    // Any number that becomes free is taken next: only those of the standard streams never do.
    limit('3');
    return Promise.resolve(() => limit(before!));
  },
};

/** The store may not write to its folders. */
export const permissionsFault: StoreFault = {
  name: 'no permissions',
  reason: /./,
  begin: ({ dataDir }) => {
    const folders = foldersIn(join(dataDir, 'clickhouse'));
    for (const folder of folders) chmodSync(folder, 0o500);
    return Promise.resolve(() => {
      for (const folder of folders) if (existsSync(folder)) chmodSync(folder, 0o700);
    });
  },
};

/** The disk is full. */
export const spaceFault: StoreFault = {
  name: 'no space',
  reason: /./,
  begin: ({ dataDir }) => {
    const file = join(dataDir, 'filler');
    for (const bytes of [1_048_576, 4_096]) {
      const piece = Buffer.alloc(bytes);
      try {
        for (;;) writeFileSync(file, piece, { flag: 'a' });
      } catch {
        // It is full.
      }
    }
    return Promise.resolve(() => rmSync(file));
  },
};

function foldersIn(folder: string): string[] {
  const inside = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...inside.flatMap(({ name }) => foldersIn(join(folder, name))), folder];
}

/** A small disk of its own where this user may mount one; tells whether. */
export function mountSmallDisk(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256m,mode=0700', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export function unmount(folder: string): void {
  execFileSync('umount', ['--lazy', folder]);
}
