/** Deepest nesting accepted: venues use some five levels. Building objects for a million levels takes seconds. */
const DEPTH_MAX_LEVELS = 32;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * JSON.parse for data from a venue.
 * @throws SyntaxError if the text is not JSON, or is nested deeper than any venue's
 */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) throw new SyntaxError(`it is nested deeper than ${DEPTH_MAX_LEVELS} levels`);
  // An error is caught right away, and the stack that it would carry costs more than all else about it: a venue may send nothing but errors.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return JSON.parse(text);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Counts brackets outside of strings. Up to where the text stops being JSON it counts as JSON.parse would, which stops there. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > DEPTH_MAX_LEVELS) return true;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
    }
  }
  return false;
}

/** The end of the string that starts at a quote. */
function endOfString(text: string, begin: number): number {
  let at = begin + 1;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) break;
    if (code === BACKSLASH) at++;
  }
  return at;
}
