import { cpus, release, totalmem, type } from 'node:os';
import { readFileSync } from 'node:fs';
import { VERSION } from '../../src/version.js';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly versions: Readonly<Record<string, string>>;
  /** What Serac is compared with. */
  readonly peers: Readonly<Record<string, string>>;
}

const PEERS = ['tardis-dev', 'ccxt', 'decimal.js'];
const LIBRARIES = ['apache-arrow', 'chdb', 'rxjs', 'ws', '@clickhouse/client'];

/** Where figures were measured, and with what. */
export function machine(): Machine {
  const [first] = cpus();
  return {
    cpu: first?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    versions: {
      serac: VERSION,
      node: process.versions.node,
      v8: process.versions.v8,
      ...Object.fromEntries(LIBRARIES.map((name) => [name, versionOf(name, '../../')])),
    },
    peers: Object.fromEntries(PEERS.map((name) => [name, versionOf(name, '../')])),
  };
}

function versionOf(name: string, from: string): string {
  try {
    const manifest = readFileSync(new URL(`${from}node_modules/${name}/package.json`, import.meta.url), 'utf8');
    return (JSON.parse(manifest) as { version: string }).version;
  } catch {
    return 'absent';
  }
}
