import { statSync } from 'node:fs';

/** What tells a folder from any other, a copy of it too: its device and inode. Undefined if it cannot be looked at. */
export function folderIdentity(dir: string): string | undefined {
  try {
    const { dev, ino } = statSync(dir, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
