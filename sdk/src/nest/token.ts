import { constants, createHmac, timingSafeEqual, verify as verifySignature, type KeyObject } from 'node:crypto';
import { Digits, readObject, type Value } from './json.js';
import type { Key } from './jwk.js';
import { tokenInvalid } from './refusal.js';

/** What a verified access token says (RFC 9068). Times are seconds since 1970. */
export interface Claims {
  issuer: string; audience: string[]; userId: string; tenantId: string; spaceId: string; username: string; role: string;
  permissions: string[]; sessionId: string; tokenId: string; issuedAt: number; expiresAt: number;
}

export interface Expected {
  issuer: string;
  audience: string;
  key: (id: string) => Key | undefined;
  /** Seconds by which clocks may differ. */
  leeway?: number;
  /** Seconds since 1970. */
  now?: () => number;
}

const longest = 8 << 10, lastSecond = 253402300799;
const names = ['iss', 'aud', 'sub', 'tenantId', 'spaceId', 'username', 'role', 'permissions', 'sid', 'jti', 'iat', 'exp', 'nbf'];
const folded = new Set(names.map(fold));
const halfOrder = Buffer.from('7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8', 'hex');

/** Verifies a token by the rules of guard/jwt, in its order: form, signature, claims, clock. Throws a Refusal. */
export function verify(token: string, want: Expected): Claims {
  const { header, payload, signed, signature } = inTurn('malformed', () => split(token));
  const key = want.key(header.kid);
  if (key?.id !== header.kid || key.algorithm !== header.alg || !genuine(key, signed, signature)) throw tokenInvalid('signature');
  const { claims, notBefore } = inTurn('claims', () => readClaims(payload));
  const now = (want.now ?? (() => Date.now() / 1000))(), leeway = want.leeway ?? 30;
  if (claims.issuer !== want.issuer || !claims.audience.includes(want.audience)) throw tokenInvalid('claims');
  if (claims.issuedAt > now + leeway || notBefore > now + leeway) throw tokenInvalid('claims');
  if (now - leeway >= claims.expiresAt) throw tokenInvalid('expired');
  return claims;
}

/** The id of the key that a token names; undefined where it is no access token by its form. Verifies nothing. */
export function keyId(token: string): string | undefined {
  try { return split(token).header.kid; } catch { return undefined; }
}

function inTurn<T>(reason: string, read: () => T): T {
  try { return read(); } catch { throw tokenInvalid(reason); }
}

function need(holds: boolean): asserts holds { if (!holds) throw new TypeError('not as it must be'); }

function split(token: string) {
  const parts = token.split('.');
  need(token.length <= longest && parts.length === 3);
  const [head, payload, signature] = parts.map(decode) as [Buffer, Buffer, Buffer];
  return { header: readHeader(head), payload, signed: Buffer.from(token.slice(0, token.lastIndexOf('.'))), signature };
}

/** Reads base64url in its only spelling (RFC 4648 §3.5). */
function decode(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url');
  need(part !== '' && bytes.toString('base64url') === part);
  return bytes;
}

function readHeader(bytes: Buffer): { alg: string; kid: string } {
  const h = readObject(bytes);
  for (const name of h.keys()) need(name === 'alg' || name === 'typ' || name === 'kid');
  const alg = h.get('alg'), typ = h.get('typ'), kid = h.get('kid');
  need(typeof alg === 'string' && alg !== '' && (typ === 'at+jwt' || typ === 'application/at+jwt'));
  need(kid === undefined || typeof kid === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(kid));
  return { alg, kid: kid ?? '' };
}

function genuine(key: Key, signed: Buffer, signature: Buffer): boolean {
  if (key.algorithm === 'HS256') {
    const mac = createHmac('sha256', key.material as Buffer).update(signed).digest();
    return mac.length === signature.length && timingSafeEqual(mac, signature);
  }
  const material = key.material as KeyObject;
  switch (key.algorithm) {
    case 'ES256': // of the two valid s the lower alone, so that nobody can respell a token
      return signature.length === 64 && signature.compare(halfOrder, 0, 32, 32, 64) <= 0
        && verifySignature('sha256', signed, { key: material, dsaEncoding: 'ieee-p1363' }, signature);
    case 'EdDSA': return verifySignature(null, signed, material, signature);
    case 'RS256': return verifySignature('sha256', signed, { key: material, padding: constants.RSA_PKCS1_PADDING }, signature);
  }
}

/** Folds case as a lenient reader might: ſ is an s, the Kelvin sign a k. */
function fold(name: string): string { return name.replaceAll('ſ', 's').toLowerCase(); }

function readClaims(bytes: Buffer): { claims: Claims; notBefore: number } {
  const p = readObject(bytes);
  for (const name of p.keys()) need(names.includes(name) || !folded.has(fold(name)));
  const text = (name: string, absent?: string): string => {
    const v = p.get(name) ?? (p.has(name) ? null : absent);
    need(typeof v === 'string' && (v !== '' || absent !== undefined));
    return v;
  };
  const aud = p.get('aud');
  const claims: Claims = {
    issuer: text('iss'), audience: strings(typeof aud === 'string' ? [aud] : aud), userId: text('sub'), tenantId: text('tenantId'),
    spaceId: text('spaceId', ''), username: text('username', ''), role: text('role'),
    permissions: p.has('permissions') ? strings(p.get('permissions')) : [],
    sessionId: text('sid'), tokenId: text('jti'), issuedAt: seconds(p.get('iat')), expiresAt: seconds(p.get('exp')),
  };
  need(claims.audience.length > 0);
  return { claims, notBefore: p.has('nbf') ? seconds(p.get('nbf')) : 0 };
}

function strings(v: Value | undefined): string[] {
  need(Array.isArray(v) && v.every((s) => typeof s === 'string' && s !== ''));
  return v as string[];
}

/** Whole seconds from 1970 to 9999 (NumericDate, RFC 7519 §2). */
function seconds(v: Value | undefined): number {
  need(v instanceof Digits && /^\d{1,12}$/.test(v.text) && Number(v.text) <= lastSecond);
  return Number(v.text);
}
