import { SeracError } from '../../errors.js';
import { isLoopbackAddress } from './loopback.js';

/**
 * Another address than loopback is not opened without keys.
 * @throws SeracError `config.invalid` with what to do.
 */
export function assertBindAllowed({ host, apiKeys }: { readonly host: string; readonly apiKeys: readonly string[] }): void {
  if (apiKeys.some((key) => !/^\S+$/.test(key))) {
    throw new SeracError(
      'config.invalid',
      'An API key is empty or has white space in it: give it at least one visible character and no space.',
    );
  }
  if (apiKeys.length === 0 && !isLoopbackAddress(host)) {
    throw new SeracError(
      'config.invalid',
      `The API would be open to others on ${JSON.stringify(host)}: add API keys to the configuration, or bind 127.0.0.1.`,
    );
  }
}
