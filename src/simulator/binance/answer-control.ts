import type { Connection } from './connection.js';
import type { ControlError, ControlRequest, RequestId } from './control-request.js';
import type { Streams } from './streams.js';

type ControlAnswer = ControlError | { readonly result: readonly string[] | boolean | null; readonly id: RequestId };

/** Does what a client asked for, and says so: acks are not wrapped, not even on a combined connection. */
export function answerControl(connection: Connection, request: ControlRequest, streams: Streams, streamsMax: number): ControlAnswer {
  const { id } = request;
  switch (request.method) {
    case 'SUBSCRIBE':
      if (new Set([...connection.streams, ...request.streams]).size > streamsMax) {
        return { code: 2, msg: 'Invalid request: too many streams', id };
      }
      streams.subscribe(connection, request.streams);
      return { result: null, id };
    case 'UNSUBSCRIBE':
      streams.unsubscribe(connection, request.streams);
      return { result: null, id };
    case 'LIST_SUBSCRIPTIONS':
      return { result: [...connection.streams], id };
    case 'GET_PROPERTY':
      return { result: connection.combined, id };
    case 'SET_PROPERTY':
      connection.combined = request.combined;
      return { result: null, id };
  }
}
