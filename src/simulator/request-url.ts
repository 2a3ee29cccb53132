const ANY_ORIGIN = 'http://venue';

/** The path and the query that a client sent; null when they are no URL, which a client may well send. */
export function requestUrl(url: string): URL | null {
  return URL.canParse(url, ANY_ORIGIN) ? new URL(url, ANY_ORIGIN) : null;
}
