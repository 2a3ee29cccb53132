import type { Engine } from './engine.js';
import type { Gate } from './gate.js';
import type { StoreLimits } from './limits.js';
import type { RequestOptions } from './request-options.js';
import type { TempFiles } from './temp-files.js';

/** Places in the engine, by kind of statement. */
export interface Gates {
  readonly reads: Gate;
  readonly writes: Gate;
  readonly uploads: Gate;
}

/** What running one request's statement needs. */
export interface StatementContext {
  readonly engine: Engine;
  readonly temp: TempFiles;
  readonly gates: Gates;
  readonly limits: StoreLimits;
  readonly options: RequestOptions;
  /** Statements that prepare the connection: database, settings, parameters, tag. */
  readonly prologue: string;
  /** Aborted if the client disconnects or the store stops: ends waiting, and cancels reads. */
  readonly signal: AbortSignal;
}
