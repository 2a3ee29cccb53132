import { randomUUID } from 'node:crypto';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { LogController, type FastifyBaseLogger } from 'fastify';
import { API_DEFAULTS, type ApiConfig } from './api-config.js';
import type { Api, ApiPorts } from './api-ports.js';
import { addErrors, answerBadHttp, answerErrors, FailureLog } from './errors/answer-errors.js';
import { addAudit } from './routes/audit.js';
import { addCandles } from './routes/candles.js';
import { addFeedControl } from './routes/feed-control.js';
import { addFeeds } from './routes/feeds.js';
import { addGaps } from './routes/gaps.js';
import { addHealth, addMetrics, addRequestMetrics } from './routes/monitoring.js';
import { addOpenapi, addRoot } from './routes/root.js';
import { addSinks } from './routes/sinks.js';
import { addSymbols } from './routes/symbols.js';
import { addTrades } from './routes/trades.js';
import { addConnectionLimits } from './safety/connection-limits.js';
import { addKeys, ApiKeys, controlGuard } from './safety/keys.js';
import { addLimits, addRateLimit } from './safety/limits.js';
import { addPageSafety } from './safety/page-safety.js';
import { addReadLimits } from './safety/read-limits.js';

export interface ApiOptions extends ApiPorts {
  readonly config?: Partial<ApiConfig>;
  readonly logger?: FastifyBaseLogger;
}

/**
 * Builds the API; the caller makes it listen, after assertBindAllowed. `close()` finishes requests in flight, refuses new ones, and closes
 * idle connections.
 */
export async function buildApp({ config: given, logger, ...ports }: ApiOptions): Promise<Api> {
  const config = { ...API_DEFAULTS, ...given };
  const answerError = answerErrors(new FailureLog(() => ports.clock.nowUs() / 1_000));
  const app = fastify({
    ...(logger === undefined ? { logger: false } : { loggerInstance: logger }),
    // Two runs of a daemon write into one log: their request ids must not collide.
    genReqId: () => randomUUID(),
    // Metrics count the requests; the log is for failures.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit: config.bodyLimitBytes,
    requestTimeout: config.requestTimeoutMs,
    handlerTimeout: config.answerTimeoutMs,
    keepAliveTimeout: config.keepAliveTimeoutMs,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // The schema rejects a name that is too long.
    routerOptions: { maxParamLength: config.maxUrlBytes },
    http: {
      maxHeaderSize: config.maxHeaderBytes,
      headersTimeout: config.headersTimeoutMs,
      // Node would answer without a body; the page safety answers as all else does.
      requireHostHeader: false,
      // Interval of Node's check for late requests.
      connectionsCheckingInterval: Math.min(1_000, config.headersTimeoutMs),
    },
    // An unknown parameter is rejected, not ignored. Schemas are TypeBox's: checking whether they are valid schemas takes a third of the
    // time in which all of them are compiled. With strictNumbers a bound is not applied to a text that is read as Infinity.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true, validateSchema: false, strictNumbers: false } },
    frameworkErrors: answerError,
    clientErrorHandler: answerBadHttp,
  }).withTypeProvider<TypeBoxTypeProvider>();

  // A request passes these in this order, then its route.
  addRequestMetrics(app, ports.metrics);
  addConnectionLimits(app, config, ports.metrics);
  addPageSafety(app, config.allowedHosts);
  addLimits(app, config.maxUrlBytes);
  await addRateLimit(app, config);
  const keys = new ApiKeys(config.apiKeys);
  addKeys(app, keys);
  addErrors(app, answerError);
  const reads = addReadLimits(app, config, ports.metrics);

  await addOpenapi(app, ports.version);
  addRoot(app, ports);
  addCandles(app, ports, reads);
  addTrades(app, ports, reads);
  addFeeds(app, ports, reads);
  addFeedControl(app, ports, controlGuard(keys, new ApiKeys([config.controlToken])));
  addSinks(app, ports);
  addGaps(app, ports, reads);
  addAudit(app, ports, reads);
  addSymbols(app, ports, reads);
  addHealth(app, ports);
  addMetrics(app, ports);
  return app;
}
