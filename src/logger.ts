import { destination, pino, type DestinationStream, type Logger } from 'pino';

export type { Logger };

/** Members of what is logged whose values are cut out, at the top and a step below. */
const SECRETS = ['password', 'secret', 'token', 'apiKey', 'apiKeys', 'authorization', 'cookie', '["set-cookie"]', '["x-api-key"]'];

/** JSON lines on standard error: standard output belongs to what a command answers. Secrets are cut out wherever they stand. */
export function createLogger(level: string, to: DestinationStream = destination({ fd: 2, sync: true })): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.headers.${name}`]),
        censor: '[secret]',
      },
    },
    to,
  );
}
