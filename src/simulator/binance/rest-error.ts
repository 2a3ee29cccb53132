/** A refusal as Binance words it: `{"code":-1121,"msg":"Invalid symbol."}` with an HTTP status. */
export class RestError extends Error {
  readonly status: number;
  readonly code: number;

  constructor(code: number, message: string, status = 400) {
    super(message);
    this.name = 'RestError';
    this.code = code;
    this.status = status;
  }
}
