import { connect } from 'node:net';

const ANSWER_MAX_MS = 10_000;

export interface RawAnswer {
  /** 0 where the server hung up without a word. */
  readonly status: number;
  readonly body: string;
}

/** Sends exactly these lines to a port of loopback, as no HTTP library would, and reads one answer. */
export async function rawRequest(port: number, lines: readonly string[], body = ''): Promise<RawAnswer> {
  const text = await new Promise<string>((resolve, reject) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`));
    socket.setTimeout(ANSWER_MAX_MS, () => socket.destroy(new Error(`no end after ${ANSWER_MAX_MS} ms: ${received}`)));
    socket.setEncoding('utf8');
    socket.on('data', (data: string) => {
      received += data;
      if (isWhole(received)) socket.destroy();
    });
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });
  const end = text.indexOf('\r\n\r\n');
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), body: end < 0 ? '' : text.slice(end + 4) };
}

/** Whether an answer that says how long it is has come to its end. */
function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  const length = /^content-length: (\d+)/im.exec(text.slice(0, Math.max(end, 0)))?.[1];
  return length !== undefined && Buffer.byteLength(text.slice(end + 4)) >= Number(length);
}
