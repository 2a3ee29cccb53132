import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger } from 'fastify';
import type { Registry } from 'prom-client';
import type { AuditView } from '../domain/audit.js';
import type { FeedControl } from '../domain/feed-control.js';
import type { FeedHistoryView } from '../domain/feed-history.js';
import type { GapsView } from '../domain/gap.js';
import type { Reader } from '../domain/ports/reader.js';
import type { FeedsView, HealthView, SinksView } from '../domain/ports/status.js';

/** The data that the API serves comes from these; it owns no state itself. */
export interface ApiPorts {
  readonly reader: Reader;
  readonly feeds: FeedsView;
  readonly sinks: SinksView;
  readonly history: FeedHistoryView;
  readonly control: FeedControl;
  readonly gaps: GapsView;
  readonly audits: AuditView;
  readonly health: HealthView;
  readonly metrics: Registry;
  /** us since the epoch. */
  readonly clock: { nowUs(): number };
  readonly version: string;
}

/** The fastify instance whose route types come from the TypeBox schemas. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;
