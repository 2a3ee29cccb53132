import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { ArrayReader } from './support/array-reader.js';
import { listen, sendRaw } from './support/raw-http.js';
import { testApp } from './support/test-app.js';

/** A reader whose answer to symbols() waits until the test lets it go. */
function heldReader() {
  const reader = new ArrayReader();
  let release: () => void = () => undefined;
  const asked = new Promise<void>((wasAsked) => {
    reader.symbols = () => {
      wasAsked();
      return new Promise((resolve) => (release = () => resolve([])));
    };
  });
  return { reader, asked, release: () => release() };
}

it('what is under way when the daemon stops is answered, and then nothing keeps it', async () => {
  const { reader, asked, release } = heldReader();
  const app = await testApp({ reader });
  const port = await listen(app);
  await (await fetch(`http://127.0.0.1:${port}/v1/feeds`)).text(); // leaves an idle connection behind
  const underWay = sendRaw(port, ['GET /v1/symbols HTTP/1.1', 'Host: localhost', 'Connection: close']);
  await asked;
  const closed = app.close();
  release();
  expect((await underWay).status).toBe(200);
  await closed;
  await expect(sendRaw(port, ['GET / HTTP/1.1', 'Host: localhost'])).rejects.toThrow(/ECONNREFUSED/);
});

it('what comes on an open connection while the daemon stops is told so in the shape of errors', async () => {
  const { reader, asked, release } = heldReader();
  const app = await testApp({ reader });
  const socket = connect(await listen(app), '127.0.0.1').setEncoding('utf8');
  let received = '';
  socket.on('data', (data: string) => {
    received += data;
  });
  const hungUp = new Promise((resolve) => socket.on('close', resolve));
  socket.write('GET /v1/symbols HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await asked;
  const stopping = new Promise<void>((resolve) => app.server.once('request', () => resolve()));
  const closed = app.close();
  socket.write('GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await stopping;
  release();
  await Promise.all([closed, hungUp]);
  expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 503']);
  expect(received).toContain('{"error":{"code":"stopping","message":"The daemon is stopping."}}');
});
