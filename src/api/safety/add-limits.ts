import { SeracError } from '../../errors.js';
import type { Api } from '../api.js';
import { ApiError } from '../errors/api-errors.js';

/** Refuses URLs that no honest client writes, and, while the daemon stops, whatever still comes on connections that stay open. */
export function addLimits(app: Api, maxUrlBytes: number): void {
  let stopping = false;
  app.addHook('preClose', (done) => {
    stopping = true;
    done();
  });
  app.addHook('onRequest', async (request) => {
    if (stopping) throw new SeracError('stopping', 'The daemon is stopping.', { retryable: true });
    if (request.url.length > maxUrlBytes) {
      throw new ApiError('input.invalid', `The URL is longer than ${maxUrlBytes} bytes.`, { status: 414 });
    }
    return Promise.resolve();
  });
}
