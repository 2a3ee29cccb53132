/** Lists and objects within one another that a venue's JSON may have: venues use some five. Making objects of a million takes seconds. */
const DEPTH_MAX_LEVELS = 32;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * JSON.parse for what a venue sent.
 * @throws SyntaxError where the text is no JSON, or is nested deeper than any that a venue means
 */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) throw new SyntaxError(`it is nested deeper than ${DEPTH_MAX_LEVELS} levels`);
  return JSON.parse(text);
}

/** Counts brackets outside of strings. Up to where the text stops being JSON it counts what JSON.parse would, which goes no further. */
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

/** Where the string that begins at a quote ends. */
function endOfString(text: string, begin: number): number {
  let at = begin + 1;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) break;
    if (code === BACKSLASH) at++;
  }
  return at;
}
