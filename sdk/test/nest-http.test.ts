import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { JwtAuthGuard, JwtSessionGuard, LatchkeyModule } from '../src/nest/index.js';
import { application, ask, bearer, code, FakeFeed, greeting, issuer, key, line, ready, run, secret, sign } from './nest-kit.js';

const token = sign(), words: Record<string, string> = {
  token, other: sign({ sid: 's2' }), ended: sign({ sid: 'over' }), expired: sign({ iat: 1, exp: 2 }), forged: `${token.slice(0, -4)}AAAA`,
  tenant: 'acme', space: 'main', otherTenant: 'globex', otherSpace: 'side',
};

interface Shared { name: string; method: string; headers: string[][]; want: { status: number; code?: string; reason?: string } }
const shared = (JSON.parse(readFileSync(new URL('../../../guard/testdata/requests.json', import.meta.url), 'utf8')) as { requests: Shared[] }).requests;
const ofSessions = (r: Shared) => JSON.stringify(r.headers).includes('{ended}');

for (const [guard, requests] of [[JwtAuthGuard, shared.filter((r) => !ofSessions(r))], [JwtSessionGuard, shared]] as const) {
  test(`a Nest 11 application behind ${guard.name}`, async (t) => {
    const feed = await FakeFeed.start(t);
    feed.snapshot = greeting() + line('session.ended', { sessionId: 'over', reason: 'logout' }) + ready;
    const { port } = await run(t, application(LatchkeyModule.forRoot({ issuer, jwtSecret: secret, feed: { key, url: feed.url } }), guard));
    for (const r of requests) {
      await t.test(r.name, async () => {
        const got = await ask(port, r.method, '/ask', r.headers.map(([n, v]) => [n!, v!.replace(/\{(\w+)\}/g, (whole, w: string) => words[w] ?? whole)]));
        const ok = got.status < 300;
        assert.deepEqual([ok ? 200 : got.status, ok ? undefined : got.body.meta?.code], [r.want.status, r.want.code]);
        if (r.want.reason) assert.equal(got.body.meta?.reason, r.want.reason);
      });
    }
    await t.test('public, though the token is bad', async () => assert.deepEqual((await ask(port, 'GET', '/open', bearer('x'))).body, { user: null }));
    for (const [role, want] of [['admin', ''], ['owner', ''], ['member', 'FORBIDDEN']] as const) {
      await t.test(`role ${role}`, async () => assert.equal(code(await ask(port, 'GET', '/admin', bearer(sign({ role })))), want));
    }
  });
}

test('there are requests of sessions that were ended', () => assert.ok(shared.filter(ofSessions).length >= 2));

test('answers are those of guard, with their headers', async (t) => {
  const { port } = await run(t, application(LatchkeyModule.forRoot({ issuer, jwtSecret: secret }), JwtAuthGuard));
  for (const [sent, want] of [
    [[], 'Bearer'], [bearer('x'), 'Bearer error="invalid_token", error_description="The access token is not valid."'],
    [bearer(sign({ tenantId: 'globex' })).concat([['x-tenant-id', 'acme']]), undefined],
  ] as const) {
    const got = await ask(port, 'GET', '/ask', sent as string[][]);
    assert.equal(got.headers['www-authenticate'], want);
    assert.equal(got.headers['cache-control'], 'no-store');
    assert.equal(got.headers['x-content-type-options'], 'nosniff');
    assert.match(got.headers['content-type']!, /^application\/json/);
    assert.deepEqual(Object.keys(got.body), ['httpStatus', 'message', 'data', 'meta', 'ts']);
  }
});

test('a route that needs the feed live cannot be served behind JwtAuthGuard', async (t) => {
  const { port } = await run(t, application(LatchkeyModule.forRoot({ issuer, jwtSecret: secret }), JwtAuthGuard));
  const got = await ask(port, 'GET', '/strict', bearer(token));
  assert.deepEqual([got.status, code(got), got.headers['retry-after'], got.body.meta?.retryAfter], [503, 'REVOCATION_UNKNOWN', '5', 5]);
  assert.equal(code(await ask(port, 'GET', '/lenient', bearer(token))), '');
});
