/** A number as it was written: what is asked for must be whole, and JavaScript's numbers would hide that it is not. */
export class Digits { constructor(readonly text: string) {} }
export type Value = string | boolean | null | Digits | Value[] | Map<string, Value>;

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const text = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const word = /true|false|null/y;
const space = /[ \t\n\r]*/y;
const deepest = 32, mostMembers = 100;

/** Reads one JSON object (RFC 8259) where JSON.parse is too kind: a name comes once, the text is UTF-8, pairs of surrogates are whole. */
export function readObject(bytes: Uint8Array): Map<string, Value> {
  const all = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  let at = 0;
  const match = (r: RegExp): string | undefined => {
    r.lastIndex = at;
    const found = r.exec(all)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const take = (c: string): boolean => {
    match(space);
    if (all[at] !== c) return false;
    at++;
    return true;
  };
  const string = (): string => {
    match(space);
    const s = JSON.parse(match(text) ?? fail()) as string;
    return /\p{Surrogate}/u.test(s) ? fail() : s;
  };
  const list = (last: string, item: () => void): void => {
    if (take(last)) return;
    do item(); while (take(','));
    if (!take(last)) fail();
  };
  const value = (depth: number): Value => {
    if (depth > deepest) fail();
    if (take('{')) {
      const members = new Map<string, Value>();
      list('}', () => {
        const name = string();
        if (members.has(name) || members.size === mostMembers || !take(':')) fail();
        members.set(name, value(depth + 1));
      });
      return members;
    }
    if (take('[')) {
      const items: Value[] = [];
      list(']', () => items.push(value(depth + 1)));
      return items;
    }
    if (all[at] === '"') return string();
    const w = match(word);
    if (w !== undefined) return w === 'null' ? null : w === 'true';
    return new Digits(match(number) ?? fail());
  };
  const whole = value(1);
  match(space);
  return whole instanceof Map && at === all.length ? whole : fail();
}

function fail(): never { throw new SyntaxError('it is not strict JSON'); }
