import { ambiguous, tokenInvalid, tooManyCookies } from './refusal.js';

/** What of node's IncomingMessage is read: the headers as they came, since `headers` joins or drops what comes twice. */
export interface Carrier { readonly rawHeaders: readonly string[]; readonly method?: string | undefined }
export interface Sent { token: string; jar: boolean; tenant: string; space: string }

const mostCookies = 50;

/** Reads what a request carries to say who asks, as guard/credential.go does: of two that disagree, none counts. */
export function readSent(request: Carrier): Sent {
  const raw = request.rawHeaders;
  const all = (name: string) => raw.filter((_, i) => i % 2 === 1 && raw[i - 1]!.toLowerCase() === name);
  const cookies = all('cookie').join(';').split(';');
  if (cookies.length > mostCookies) throw tooManyCookies();
  const jar = agree(cookies.map(cookieValue));
  const carried = bearer(agree(all('authorization')));
  const key = isKey(carried);
  const token = agree([jar, carried, agree(all('x-access-token'))]);
  const sent = { token, jar: jar !== '', tenant: agree(all('x-tenant-id')), space: agree(all('x-space-id')) };
  if (key && sent.jar) throw ambiguous();
  if (!key && isKey(token)) throw tokenInvalid('malformed'); // an API key comes as a bearer token only
  return sent;
}

function isKey(token: string): boolean { return token.startsWith('lks_') || token.startsWith('lko_'); }

/** The value of the cookie `accessToken` as net/http reads it: quotes taken off (RFC 6265 §4.1.1), '' for other cookies and for one that none can be. */
function cookieValue(pair: string): string {
  const [, name, value] = /^([^=]*)=([^]*)$/.exec(trim(pair)) ?? [];
  if (name === undefined || trim(name) !== 'accessToken') return '';
  const bare = value!.replace(/^"([^]*)"$/, '$1');
  return /^[\x20-\x7e]*$/.test(bare) && !/["\\]/.test(bare) ? bare : '';
}

/** Takes off white space of ASCII alone: a header's bytes are no text. */
function trim(s: string): string { return s.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ''); }

function bearer(header: string): string {
  const at = header.indexOf(' ');
  return at > 0 && header.slice(0, at).toLowerCase() === 'bearer' ? trim(header.slice(at + 1)) : '';
}

function agree(values: readonly string[]): string {
  const found = new Set(values.filter((v) => v !== ''));
  if (found.size > 1) throw ambiguous();
  return [...found][0] ?? '';
}
