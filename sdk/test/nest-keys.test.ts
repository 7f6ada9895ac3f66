import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { Module } from '@nestjs/common';
import { address } from '../src/nest/address.js';
import { readSet } from '../src/nest/jwk.js';
import { RemoteKeys } from '../src/nest/keys.js';
import { JwtAuthGuard, JwtSessionGuard, Latchkey, LatchkeyModule, type LatchkeyOptions } from '../src/nest/index.js';
import { sameOrigin } from '../src/nest/origin.js';
import { readSent } from '../src/nest/sent.js';
import { application, ask, bearer, code, issuer, key, keyPair, run, secret, serve, sign, until } from './nest-kit.js';

const first = keyPair('first'), second = keyPair('second');

/** A JWKS that can be changed, and the clock of who fetches it. */
async function published(t: TestContext, ...keys: object[]) {
  const p = { keys, status: 200, asked: 0, now: 0, url: '', warned: [] as string[] };
  p.url = await serve(t, (_, r) => { p.asked++; r.writeHead(p.status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ keys: p.keys })); });
  return { p, remote: new RemoteKeys(p.url, (m) => p.warned.push(m), () => p.now) };
}

test('keys are fetched on first need, once for all who wait, and again when they are ten minutes old', async (t) => {
  const { remote, p } = await published(t, first.jwk);
  assert.equal(remote.find('first'), undefined);
  await Promise.all([remote.ready(), remote.ready(), remote.ready()]);
  assert.equal(p.asked, 1);
  assert.ok(remote.find('first'));
  p.now = 599_999;
  await remote.ready();
  assert.equal(p.asked, 1);
  p.keys = [first.jwk, second.jwk];
  p.now = 600_000;
  await remote.ready(); // the old ones are used meanwhile
  await until('the new ones are there', () => remote.find('second') !== undefined);
  assert.equal(p.asked, 2);
});

test('a key that is new is looked for, every ten seconds at most', async (t) => {
  const { remote, p } = await published(t, first.jwk);
  await remote.ready();
  p.keys = [second.jwk];
  p.now = 9999;
  await remote.learn();
  assert.equal(p.asked, 1);
  p.now = 10_000;
  await remote.learn();
  assert.deepEqual([p.asked, remote.find('first'), remote.find('second')?.algorithm], [2, undefined, 'ES256']);
});

test('keys outlive an outage for a day', async (t) => {
  const { remote, p } = await published(t, first.jwk);
  await remote.ready();
  p.status = 500;
  p.now = 86_399_999;
  await remote.ready();
  await remote.learn();
  assert.ok(remote.find('first'));
  p.now = 86_400_000;
  await assert.rejects(remote.ready(), { code: 'KEYS_UNAVAILABLE', status: 503 });
  p.status = 200;
  p.now += 1000;
  await remote.ready();
  assert.equal(p.warned.length, 1);
});

for (const [name, document, want] of [
  ['kinds that are not ours', [{ kty: 'EC', crv: 'P-384', kid: 'x', alg: 'ES384' }, { ...first.jwk, use: 'enc' }, { kty: 'oct', kid: 'o', alg: 'HS512' }, first.jwk], 'first'],
  ['none', [], ''],
  ['a secret', [{ kty: 'oct', k: 'AAAA', kid: 'x', alg: 'HS256' }], /secret/],
  ['a private part', [{ ...first.jwk, d: 'AAAA' }], /secret/],
  ['two of one id', [first.jwk, { ...second.jwk, kid: 'first' }], /one kid/],
  ['no id', [{ ...first.jwk, kid: undefined }], /key id/],
  ['no algorithm', [{ ...first.jwk, alg: undefined }], /alg/],
  ['another spelling', [{ ...first.jwk, x: `${(first.jwk as { x: string }).x}=` }], /base64url/],
  ['a small exponent', [{ kty: 'RSA', kid: 'r', alg: 'RS256', n: Buffer.alloc(256, 255).toString('base64url'), e: 'Aw' }], /65537/],
  ['an RSA key that is too short', [{ kty: 'RSA', kid: 'r', alg: 'RS256', n: Buffer.alloc(128, 255).toString('base64url'), e: 'AQAB' }], /2048/],
] as const) {
  test(`a JWKS with ${name}`, () => {
    const read = () => [...readSet(Buffer.from(JSON.stringify({ keys: document }))).keys()].join();
    if (typeof want === 'string') assert.equal(read(), want); else assert.throws(read, want);
  });
}

test('an application follows a rotation, and answers 503 while it has no keys', async (t) => {
  const { p } = await published(t, first.jwk);
  p.status = 500;
  const { port } = await run(t, application(LatchkeyModule.forRoot({ issuer, jwksUrl: p.url }), JwtAuthGuard));
  const got = await ask(port, 'GET', '/ask', bearer(first.sign()));
  assert.deepEqual([got.status, code(got), got.headers['retry-after']], [503, 'KEYS_UNAVAILABLE', '5']);
  p.status = 200;
  const fresh = await run(t, application(LatchkeyModule.forRoot({ issuer, jwksUrl: p.url }), JwtAuthGuard));
  assert.equal(code(await ask(fresh.port, 'GET', '/ask', bearer(first.sign()))), '');
  assert.equal((await ask(fresh.port, 'GET', '/ask', bearer(second.sign()))).body.meta?.reason, 'signature');
  assert.equal((await ask(fresh.port, 'GET', '/ask', bearer(sign()))).body.meta?.reason, 'signature', 'HS256, though there are public keys');
});

test('forRootAsync, the audience and one tenant', async (t) => {
  class Settings { readonly tenant = 'acme'; }
  class Settled {}
  Module({ providers: [Settings], exports: [Settings] })(Settled);
  const { port } = await run(t, application(LatchkeyModule.forRootAsync({
    imports: [Settled], inject: [Settings], useFactory: async (s: Settings) => ({ issuer, audience: 'api', jwtSecret: secret, tenant: s.tenant }),
  }), JwtAuthGuard));
  for (const [more, want] of [[{ aud: 'api' }, ''], [{ aud: ['web', 'api'] }, ''], [{}, 'TOKEN_INVALID'], [{ aud: 'api', tenantId: 'globex' }, 'TENANT_MISMATCH']] as const) {
    assert.equal(code(await ask(port, 'GET', '/ask', bearer(sign(more)))), want, JSON.stringify(more));
  }
});

test('origins that are trusted', async (t) => {
  const { port } = await run(t, application(LatchkeyModule.forRoot({ issuer, jwtSecret: secret, trustedOrigins: ['https://app.test'] }), JwtAuthGuard));
  for (const [origin, want] of [['https://app.test', ''], ['https://app.test.evil', 'CROSS_ORIGIN'], ['http://app.test', 'CROSS_ORIGIN']] as const) {
    const headers = [['Cookie', `accessToken=${sign()}`], ['Origin', origin], ['Sec-Fetch-Site', 'same-site']];
    assert.equal(code(await ask(port, 'POST', '/ask', headers)), want, origin);
  }
});

for (const [name, method, headers, passes] of [
  ['the host itself, by an old browser', 'POST', { origin: 'https://a.test:8443', host: 'a.test:8443' }, true],
  ['another port', 'POST', { origin: 'https://a.test:8443', host: 'a.test' }, false],
  ['a port that is spelt out', 'POST', { origin: 'https://a.test:443', host: 'a.test' }, false],
  ['no host', 'POST', { origin: 'null' }, false],
  ['a WebSocket', 'GET', { upgrade: 'WebSocket', 'sec-fetch-site': 'cross-site', host: 'a.test' }, false],
  ['a WebSocket among others', 'GET', { upgrade: 'h2c, websocket', 'sec-fetch-site': 'cross-site', host: 'a.test' }, false],
  ['from the address bar', 'POST', { 'sec-fetch-site': 'none' }, true],
] as const) {
  test(`origin: ${name}`, () => {
    const check = () => { sameOrigin({ method, headers }, []); };
    if (passes) check(); else assert.throws(check, { code: 'CROSS_ORIGIN' });
  });
}

// As net/http reads them: guard and Nest must find the same token, or none.
for (const [cookie, want] of [
  ['accessToken="t"', 't'], ['  accessToken=t ;x=y', 't'], ['accessToken = t', ' t'], ['accessToken=a b', 'a b'], ['accessToken="', ''],
  ['accessToken=a"b', ''], ['accessToken=a\\b', ''], ['accessToken=\u00e9', ''], ['accessToken', ''], ['accessToken=a=b', 'a=b'], ['accessToken=a,b', 'a,b'],
] as const) {
  test(`cookie: ${JSON.stringify(cookie)}`, () => assert.equal(readSent({ rawHeaders: ['COOKIE', cookie] }).token, want));
}

test('a shared secret has the id that Latchkey derives from it', async () => {
  const l = new Latchkey({ issuer, jwtSecret: secret }), part = (o: object) => Buffer.from(JSON.stringify(o)).toString('base64url');
  const of = (kid: string) => {
    const signed = `${part({ alg: 'HS256', typ: 'at+jwt', kid })}.${sign().split('.')[1]!}`;
    return { rawHeaders: ['Authorization', `Bearer ${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`] } as never;
  };
  await assert.rejects(l.identify(of('another'), false), { code: 'TOKEN_INVALID', reason: 'signature' });
  assert.equal((await l.identify(of('LQrg2eKWm7AI'), false)).username, 'jin');
});

for (const [name, options, complaint] of [
  ['no issuer', { issuer: '' }, /issuer/],
  ['plain HTTP', { issuer: 'http://auth.example.com' }, /https/],
  ['no address', { issuer: 'auth.example.com' }, /address/],
  ['a plain feed', { issuer, feed: { key, url: 'http://auth.example.com/auth/revocations' } }, /feed\.url/],
  ['no key', { issuer, feed: { key: '' } }, /feed\.key/],
  ['a key with a line feed', { issuer, feed: { key: 'lks_a\n' } }, /feed\.key/],
  ['maxStale', { issuer, maxStale: -1 }, /maxStale/],
  ['a short secret', { issuer, jwtSecret: 'short' }, /32 bytes/],
  ['a trusted origin with a path', { issuer, trustedOrigins: ['https://app.test/'] }, /trustedOrigins/],
] as [string, LatchkeyOptions, RegExp][]) {
  test(`refused at the start: ${name}`, () => { assert.throws(() => new Latchkey(options), complaint); });
}

test('JwtSessionGuard without a feed does not start', async (t) => {
  await assert.rejects(run(t, application(LatchkeyModule.forRoot({ issuer, jwtSecret: secret }), JwtSessionGuard)), /option feed/);
});

for (const [url, plain, fine] of [['http://localhost:1/', false, true], ['http://127.9.9.9/', false, true], ['http://[::1]/', false, true], ['http://127.0.0.1.evil.test/', false, false], ['http://10.0.0.1/', false, false], ['http://10.0.0.1/', true, true], ['https://u:p@a.test/', true, false]] as const) {
  test(`address ${url} ${plain}`, () => {
    if (fine) address('x', url, plain); else assert.throws(() => address('x', url, plain));
  });
}
