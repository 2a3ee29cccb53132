import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { defaultStoreLimits } from '../../../src/store/server/limits.js';
import { Reply } from '../../../src/store/server/reply.js';

const PIECE = Buffer.alloc(1_048_576);
const SUMMARY = { readRows: 0, readBytes: 0, writtenRows: 0, writtenBytes: 0, resultRows: 0, resultBytes: 0, elapsedNs: 0n };

/** Writes to a client that reads nothing until that ends; resolves with how, and how long the last write took. */
async function written(answerIdleMs: number, signal: AbortSignal): Promise<{ readonly ms: number; readonly isCut: boolean }> {
  return await new Promise((resolve) => {
    const server = createServer((_request, response) => {
      const reply = new Reply(response, false);
      reply.begin('id', 'RowBinary', SUMMARY);
      const write = async (): Promise<void> => {
        let ms = 0;
        // How long a write took tells nothing on a busy machine: only the last one waits.
        while (!response.destroyed && !signal.aborted) {
          const begunAt = performance.now();
          await reply.write(PIECE, { signal, limits: { ...defaultStoreLimits, answerIdleMs } });
          ms = performance.now() - begunAt;
        }
        resolve({ ms, isCut: response.destroyed });
      };
      void write();
    });
    server.listen(0, '127.0.0.1', () => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
      socket.on('error', () => undefined);
      socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
      onTestFinished(() => {
        socket.destroy();
        server.closeAllConnections();
        server.close();
      });
    });
  });
}

it('a client that takes nothing of its answer is cut off', async () => {
  const { ms, isCut } = await written(100, new AbortController().signal);
  expect([ms >= 95, isCut]).toEqual([true, true]);
});

it('a write that waits for a client ends with its statement', async () => {
  const { isCut } = await written(60_000, AbortSignal.timeout(200));
  expect(isCut).toBe(false);
});
