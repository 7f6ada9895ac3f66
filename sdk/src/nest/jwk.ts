import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { readObject, type Value } from './json.js';

export type Algorithm = 'ES256' | 'EdDSA' | 'RS256' | 'HS256';
/** A key and the one algorithm that it is for (RFC 8725 §3.1). */
export interface Key { readonly id: string; readonly algorithm: Algorithm; readonly material: KeyObject | Buffer }

const algorithms = ['ES256', 'EdDSA', 'RS256'], secrets = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const size: Record<string, number> = { ES256: 32, EdDSA: 32, RS256: 0 }; // bytes of each value; 0: in its shortest form

/** Reads a public key of a JWKS. Secrets are never taken from a document: see `secretKey`. */
export function publicKey(jwk: JsonWebKey): Key {
  const { kid, alg } = jwk, kind = kindOf(jwk);
  if (kind === undefined || alg !== kind) throw new Error('a key has no alg, or one that is not for its kty');
  if (typeof kid !== 'string' || !/^[A-Za-z0-9_-]{1,64}$/.test(kid)) throw new Error('a key id has 1 to 64 characters of A-Z a-z 0-9 _ -');
  for (const v of kind === 'RS256' ? [jwk.n, jwk.e] : kind === 'ES256' ? [jwk.x, jwk.y] : [jwk.x]) sound(v, size[kind]!);
  const material = createPublicKey({ key: jwk, format: 'jwk' });
  const { modulusLength = 0, publicExponent = 0n } = material.asymmetricKeyDetails ?? {};
  if (kind === 'RS256' && !(modulusLength >= 2048 && modulusLength <= 8192 && publicExponent >= 65537n && publicExponent < 2n ** 31n && publicExponent % 2n === 1n)) {
    throw new Error('an RS256 key has 2048 to 8192 bits and an odd exponent of at least 65537');
  }
  return { id: kid, algorithm: kind, material };
}

function kindOf({ kty, crv }: JsonWebKey): Algorithm | undefined {
  if (kty === 'EC' && crv === 'P-256') return 'ES256';
  if (kty === 'OKP' && crv === 'Ed25519') return 'EdDSA';
  return kty === 'RSA' ? 'RS256' : undefined;
}

/** Strict base64url (RFC 4648 §3.5): Node's own reader takes more. */
function sound(text: string | undefined, bytes: number): void {
  const b = Buffer.from(text ?? '', 'base64url');
  if (b.length === 0 || b.toString('base64url') !== text || (bytes === 0 ? b[0] === 0 : b.length !== bytes)) throw new Error('a key\'s value is not strict base64url of the right length');
}

/** Reads the document of a JWKS by the rules of guard/jwt: kinds that are not ours are left out (RFC 7517 §5), all else that is wrong is an error. */
export function readSet(document: Uint8Array): Map<string, Key> {
  const all = readObject(document).get('keys'), set = new Map<string, Key>();
  if (!Array.isArray(all)) throw new Error('it has no keys member');
  for (const one of all) {
    const key = readKey(one);
    if (key && set.has(key.id)) throw new Error('two keys have one kid');
    if (key) set.set(key.id, key);
  }
  return set;
}

function readKey(v: Value): Key | undefined {
  if (!(v instanceof Map)) throw new Error('a key is no object');
  if (secrets.some((name) => v.has(name))) throw new Error('it holds a secret: withdraw that key at once');
  const jwk: Record<string, string> = {};
  for (const name of ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg', 'use']) {
    const text = v.get(name);
    if (text !== undefined && typeof text !== 'string') throw new Error('a key\'s value is no text');
    if (text !== undefined) jwk[name] = text;
  }
  const { use = 'sig', alg = '' } = jwk;
  if (use !== 'sig' || alg !== '' && !algorithms.includes(alg) || kindOf(jwk) === undefined) return undefined;
  return publicKey(jwk);
}

/** A shared secret for HS256, 32 bytes at least (RFC 7518 §3.2). */
export function secretKey(secret: string | Uint8Array, id = ''): Key {
  const material = Buffer.from(secret as Uint8Array);
  if (material.length < 32) throw new Error('latchkey: the secret for HS256 needs 32 bytes at least');
  return { id, algorithm: 'HS256', material };
}

/** The key of a deployment with JWT_SECRET, under the id that Latchkey derives from it, and under none. */
export function secretKeys(secret: string): Map<string, Key> {
  const id = createHash('sha256').update('latchkey kid ').update(secret).digest().subarray(0, 9).toString('base64url');
  return new Map([id, ''].map((name) => [name, secretKey(secret, name)]));
}
