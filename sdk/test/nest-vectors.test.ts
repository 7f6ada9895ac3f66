import assert from 'node:assert/strict';
import type { JsonWebKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { publicKey, secretKey, type Key } from '../src/nest/jwk.js';
import { Refusal } from '../src/nest/refusal.js';
import { verify } from '../src/nest/token.js';

interface Vector { name: string; token: string; keys: string[] | null; now: number; issuer: string; audience: string; want: string }
const shared = JSON.parse(readFileSync(new URL('../../../guard/testdata/vectors.json', import.meta.url), 'utf8')) as
  { leeway: number; keys: JsonWebKey[]; vectors: Vector[] };
const keys = new Map(shared.keys.map((k): [string, Key] =>
  [String(k.kid), k.kty === 'oct' ? secretKey(Buffer.from(k.k!, 'base64url'), String(k.kid)) : publicKey(k)]));

test('the shared vectors are there', () => assert.ok(shared.vectors.length >= 270));
for (const v of shared.vectors) {
  test(`vector: ${v.name}`, () => {
    let got = 'ok';
    try {
      verify(v.token, { issuer: v.issuer, audience: v.audience, leeway: shared.leeway, now: () => v.now, key: (id) => (v.keys ?? []).includes(id) ? keys.get(id) : undefined });
    } catch (e) {
      assert.ok(e instanceof Refusal);
      got = e.reason ?? '';
    }
    assert.equal(got, v.want);
  });
}
