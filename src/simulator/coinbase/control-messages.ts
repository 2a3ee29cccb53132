const CHANNELS = ['market_trades', 'heartbeats'] as const;

type Channel = (typeof CHANNELS)[number];

export interface ControlRequest {
  readonly type: 'subscribe' | 'unsubscribe';
  readonly channel: Channel;
  readonly products: readonly string[];
}

/** The words of the venue's complaint. */
export interface ControlError {
  readonly complaint: string;
}

/** Reads a message from a client: one channel each. All words of the errors are unsure. */
export function parseControlRequest(text: string): ControlRequest | ControlError {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return { complaint: 'failed to parse message: invalid JSON' };
  }
  if (typeof message !== 'object' || message === null) return { complaint: 'failed to parse message: not an object' };
  const { type, channel, product_ids: products = [] } = message as { type?: unknown; channel?: unknown; product_ids?: unknown };
  if (type !== 'subscribe' && type !== 'unsubscribe') return { complaint: 'type must be subscribe or unsubscribe' };
  const known = CHANNELS.find((name) => name === channel);
  if (known === undefined) return { complaint: `channel is not supported: ${String(channel)}` };
  if (!isProductList(products)) return { complaint: 'product_ids must be a list of products' };
  if (known === 'market_trades' && products.length === 0) return { complaint: 'product_ids must not be empty' };
  return { type, channel: known, products };
}

function isProductList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}
