import type { Socket } from 'node:net';

interface HttpParserError extends Error {
  readonly code?: string;
}

/** Answers bytes that are no HTTP request, in the shape of all errors, and hangs up: no request exists that a hook could see. */
export function answerBadHttp(error: HttpParserError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, message] = statusLineAndMessage(error.code);
  const body = JSON.stringify({ error: { code: 'input.unreadable', message } });
  const head = `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\ncache-control: no-store`;
  socket.end(`${head}\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`, () => socket.destroy());
}

function statusLineAndMessage(code: string | undefined): readonly [string, string] {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return ['408 Request Timeout', 'The request did not come in full in time.'];
  if (code === 'HPE_HEADER_OVERFLOW') return ['431 Request Header Fields Too Large', 'The URL and headers of the request are too long.'];
  return ['400 Bad Request', 'This is no HTTP/1.1 request that the daemon can read.'];
}
