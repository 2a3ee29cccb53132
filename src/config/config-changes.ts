import type { Config, DeepReadonly } from './load-config.js';

/**
 * Names of the settings, other than `feeds`, that differ between two configurations: a running daemon cannot change them.
 * @returns paths such as `recording.batchAgeMs`, in order
 */
export function fixedSettingsThatDiffer(running: DeepReadonly<Config>, read: DeepReadonly<Config>): string[] {
  return differing({ ...running, feeds: null }, { ...read, feeds: null }, []).sort();
}

function differing(a: unknown, b: unknown, path: readonly string[]): string[] {
  if (isGroup(a) && isGroup(b)) {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((name) => differing(a[name], b[name], [...path, name]));
  }
  return JSON.stringify(a) === JSON.stringify(b) ? [] : [path.join('.')];
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
