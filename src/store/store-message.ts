/** What a store process writes to its standard output with --json: one line, when it answers or when it cannot start. */
export type StoreMessage = StoreReadyMessage | StoreFailure;

export interface StoreReadyMessage {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly secretFile: string;
}

export interface StoreFailure {
  readonly error: { readonly code: string; readonly message: string };
}

export function isStoreMessage(value: unknown): value is StoreMessage {
  if (typeof value !== 'object' || value === null) return false;
  const { url, port, pid, error } = value as Partial<Record<'url' | 'port' | 'pid' | 'error', unknown>>;
  if (typeof error === 'object' && error !== null) return 'code' in error && 'message' in error;
  return typeof url === 'string' && typeof port === 'number' && typeof pid === 'number';
}
