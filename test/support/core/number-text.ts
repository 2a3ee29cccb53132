/** A number of JSON as it was written. */
export class NumberText {
  constructor(readonly text: string) {}
}

/**
 * Reads JSON letter by letter, by its grammar, keeping numbers as text: a second opinion on how digits are read.
 * @throws where the text is no JSON
 */
export function parseKeepingNumbers(text: string): unknown {
  let at = 0;
  const fail = (): never => {
    throw new SyntaxError(`no JSON at ${at}`);
  };
  const space = (): void => {
    while (at < text.length && ' \t\n\r'.includes(text[at]!)) at += 1;
  };
  const take = (mark: string): void => {
    if (!text.startsWith(mark, at)) fail();
    at += mark.length;
  };
  const digits = (): void => {
    const from = at;
    while (text[at]! >= '0' && text[at]! <= '9') at += 1;
    if (at === from) fail();
  };
  const string = (): string => {
    const from = at;
    take('"');
    for (; text[at] !== '"'; at += 1) {
      if (at >= text.length) fail();
      if (text[at] === '\\') at += 1;
    }
    at += 1;
    return JSON.parse(text.slice(from, at)) as string;
  };
  const number = (): NumberText => {
    const from = at;
    if (text[at] === '-') at += 1;
    if (text[at] === '0') at += 1;
    else digits();
    if (text[at] === '.') {
      at += 1;
      digits();
    }
    if (text[at] === 'e' || text[at] === 'E') {
      at += 1;
      if (text[at] === '+' || text[at] === '-') at += 1;
      digits();
    }
    return new NumberText(text.slice(from, at));
  };
  const word = (letters: string, meant: boolean | null): boolean | null => {
    take(letters);
    return meant;
  };
  const list = (close: string, item: () => void): void => {
    at += 1;
    space();
    if (text[at] === close) {
      at += 1;
      return;
    }
    for (;;) {
      item();
      if (text[at] === close) break;
      take(',');
    }
    at += 1;
  };
  const value = (): unknown => {
    space();
    let result: unknown;
    const mark = text[at];
    if (mark === '{') {
      const entries = new Map<string, unknown>();
      list('}', () => {
        space();
        const name = string();
        space();
        take(':');
        entries.set(name, value());
      });
      result = entries;
    } else if (mark === '[') {
      const items: unknown[] = [];
      list(']', () => void items.push(value()));
      result = items;
    } else if (mark === '"') result = string();
    else result = mark === 't' ? word('true', true) : mark === 'f' ? word('false', false) : mark === 'n' ? word('null', null) : number();
    space();
    return result;
  };
  const result = value();
  if (at < text.length) fail();
  return result;
}
