import { join } from 'node:path';
import { readOrCreateSecret } from '../store/secret.js';

/** Who can read this file may control the daemon of the folder from its own machine. */
function controlTokenFile(dataDir: string): string {
  return join(dataDir, 'control');
}

/** The data folder's control token, made once, readable by its owner only. */
export async function readControlToken(dataDir: string): Promise<string> {
  return await readOrCreateSecret(controlTokenFile(dataDir));
}
