import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { JwtAuthGuard, JwtSessionGuard, LatchkeyModule, Lenient, Strict } from '../src/nest/index.js';
import { Feed, pause } from '../src/nest/feed.js';
import { State } from '../src/nest/state.js';
import { EventReader, type Sse } from '../src/nest/stream.js';
import { application, ask, bearer, code, FakeFeed, greeting, HandClock, issuer, key, line, ready, run, seconds, secret, serve, sign, until, withClock } from './nest-kit.js';

const token = sign(), admin = sign({ role: 'admin' });
const seat = (more: object = {}) => ({ tenantId: 'acme', spaceId: 'main', role: 'member', permissions: ['a:b'], ...more });

for (const [name, told, want, reason] of [
  ['nothing', '', ''],
  ['its session ended', line('session.ended', { sessionId: 's', reason: 'logout' }), 'SESSION_NOT_FOUND', 'logout'],
  ['another session ended', line('session.ended', { sessionId: 's9', reason: 'logout' }), ''],
  ['its session moved', line('session.moved', { sessionId: 's', tenantId: 'globex' }), 'TENANT_MISMATCH'],
  ['its session moved here', line('session.moved', { sessionId: 's', tenantId: 'acme' }), ''],
  ['an end is final', line('session.ended', { sessionId: 's', reason: 'admin' }) + line('session.moved', { sessionId: 's', tenantId: 'acme' }), 'SESSION_NOT_FOUND', 'admin'],
  ['its user locked', line('user.locked', { userId: 'u' }), 'USER_NOT_FOUND'],
  ['its user removed', line('user.removed', { userId: 'u' }), 'USER_NOT_FOUND'],
  ['its user locked before it was made', line('user.locked', { userId: 'u', at: new Date(Date.now() - 5000).toISOString() }), ''],
  ['its user locked and let in again', line('user.locked', { userId: 'u', at: new Date(Date.now() + 10).toISOString() }) + line('user.changed', { userId: 'u', seats: [seat()] }), ''],
  ['told in another order', line('user.changed', { userId: 'u', seats: [seat()] }) + line('user.locked', { userId: 'u', at: new Date(Date.now() + 10).toISOString() }), ''],
  ['two within a millisecond', line('user.locked', { userId: 'u', at: '2099-01-01T00:00:00.000000002Z' }) + line('user.changed', { userId: 'u', at: '2099-01-01T00:00:00.000000001Z', seats: [seat()] }), 'USER_NOT_FOUND'],
  ['its seat gone', line('user.changed', { userId: 'u', seats: [seat({ spaceId: 'side' })] }), 'FORBIDDEN'],
  ['its tenant suspended', line('tenant.status', { tenantId: 'acme', reason: 'SUSPENDED' }), 'TENANT_INACTIVE'],
  ['its tenant suspended and active', line('tenant.status', { tenantId: 'acme', reason: 'SUSPENDED' }) + line('tenant.status', { tenantId: 'acme', reason: 'ACTIVE', at: '2099-01-01T00:00:00Z' }), ''],
  ['an API key revoked', line('key.revoked', { keyId: 'k' }), ''],
  ['news of a later version', line('planet.destroyed', {}) + line('session.ended', { reason: 'x' }), ''],
] as const) {
  test(`told: ${name}`, async (t) => {
    const { port } = await session(t, told);
    const got = await ask(port, 'GET', '/ask', bearer(token));
    assert.deepEqual([code(got), got.body.meta?.reason], [want, reason]);
  });
}

/** An application whose feed tells something at once. */
async function session(t: TestContext, told: string, hello = {}) {
  const feed = await FakeFeed.start(t);
  feed.snapshot = greeting(hello) + told + ready;
  return { feed, ...await run(t, application(LatchkeyModule.forRoot({ issuer, jwtSecret: secret, feed: { key, url: feed.url } }), JwtSessionGuard)) };
}

test('role and permissions are as they are now', async (t) => {
  const { port, feed } = await session(t, '');
  assert.equal(code(await ask(port, 'GET', '/admin', bearer(admin))), '');
  feed.say(line('user.changed', { userId: 'u', seats: [seat()] }));
  await until('demoted', async () => code(await ask(port, 'GET', '/admin', bearer(admin))) === 'FORBIDDEN');
  assert.equal((await ask(port, 'GET', '/ask', bearer(admin))).body.role, 'member');
  assert.equal(code(await ask(port, 'GET', '/admin', bearer(sign({ role: 'admin', iat: seconds() + 20 })))), '', 'a token that was made later');
  const permissions = async () => (await ask(port, 'GET', '/ask', bearer(admin))).body.permissions;
  assert.deepEqual(await permissions(), ['a:b']);
  feed.say(line('role.changed', { tenantId: 'acme', role: 'member', permissions: ['c:d'], at: '2099-01-01T00:00:00Z' }));
  await until('the role has other permissions', async () => JSON.stringify(await permissions()) === '["c:d"]');
});

test('a guard further in takes no old role from the token', async (t) => {
  const feed = await FakeFeed.start(t);
  feed.snapshot = greeting() + line('user.changed', { userId: 'u', seats: [seat()] }) + ready;
  const { port } = await run(t, application(LatchkeyModule.forRoot({ issuer, jwtSecret: secret, feed: { key, url: feed.url } }), JwtSessionGuard, JwtAuthGuard));
  assert.equal(code(await ask(port, 'GET', '/admin', bearer(admin))), 'FORBIDDEN');
  assert.equal(code(await ask(port, 'GET', '/strict', bearer(admin))), '');
  assert.equal(feed.asked.length, 1, 'one connection for all guards');
});

test('a feed of one tenant speaks for no other', async (t) => {
  const { port } = await session(t, '', { tenantId: 'acme' });
  assert.equal(code(await ask(port, 'GET', '/ask', bearer(token))), '');
  assert.equal(code(await ask(port, 'GET', '/ask', bearer(sign({ tenantId: 'globex' })))), 'TENANT_MISMATCH');
});

test('a session ends while it is used, and the feed is taken up where it was', async (t) => {
  const { port, feed } = await session(t, '');
  assert.equal(code(await ask(port, 'GET', '/ask', bearer(token))), '');
  assert.equal(feed.asked[0]!.headers.authorization, `Bearer ${key}`);
  assert.equal(feed.asked[0]!.headers['last-event-id'], undefined);
  feed.say(line('session.ended', { sessionId: 's', reason: 'remote_logout' }));
  await until('refused', async () => code(await ask(port, 'GET', '/ask', bearer(token))) === 'SESSION_NOT_FOUND');
  const last = line('session.ended', { sessionId: 's2', reason: 'logout' });
  feed.snapshot = greeting({ resumed: true }) + ready;
  feed.say(last);
  await until('refused, too', async () => code(await ask(port, 'GET', '/ask', bearer(sign({ sid: 's2' })))) === 'SESSION_NOT_FOUND');
  feed.cut();
  await until('it is back', () => feed.asked.length === 2);
  assert.equal(feed.asked[1]!.headers['last-event-id'], /id: (\d+)/.exec(last)![1]);
  assert.equal(code(await ask(port, 'GET', '/ask', bearer(token))), 'SESSION_NOT_FOUND', 'what it had stays good');
});

test('closing the application closes the feed', async (t) => {
  const { feed, close, latchkey } = await session(t, '');
  await until('live', () => latchkey.status!.live);
  await close();
  await until('nobody listens', () => feed.listeners === 0);
  assert.equal(latchkey.status!.live, false);
  assert.equal(feed.asked.length, 1);
});

test('a silent feed is believed for maxStale; by Strict not at all, by Lenient until the token ends', async (t) => {
  const feed = await FakeFeed.start(t), clock = new HandClock();
  const { port, latchkey } = await run(t, application(withClock({ issuer, jwtSecret: secret, feed: { key, url: feed.url } }, clock), JwtSessionGuard));
  const expect = async (when: string, ...want: string[]) => {
    const got = [];
    for (const path of ['/ask', '/strict', '/lenient']) got.push(code(await ask(port, 'GET', path, bearer(token))));
    assert.deepEqual(got, want, when);
  };
  const silent = 'REVOCATION_UNKNOWN';
  await expect('live', '', '', '');
  clock.forward(4999);
  assert.equal(latchkey.status!.live, true, 'two and a half heartbeats are not over');
  feed.say(':\n');
  await until('it is heard', () => latchkey.status!.silent === 0);
  feed.snapshot = ''; // it answers, and says nothing
  clock.forward(4999);
  await expect('silent for a while', '', '', '');
  clock.forward(1);
  await expect('just away', '', silent, '');
  assert.match(latchkey.status!.problem, /heartbeats/);
  clock.forward(300_000 - 5000);
  await expect('at the bound', '', silent, '');
  clock.forward(1);
  await expect('beyond the bound', silent, silent, '');
  feed.snapshot = greeting() + ready;
  await until('back', () => { clock.forward(50); return latchkey.status!.live; });
  await expect('back', '', '', '');
});

test('at the start requests wait for the first word: a second, once', async (t) => {
  const feed = await FakeFeed.start(t), clock = new HandClock();
  feed.snapshot = greeting();
  const { port } = await run(t, application(withClock({ issuer, jwtSecret: secret, feed: { key, url: feed.url } }, clock), JwtSessionGuard));
  let answered = false;
  const first = ask(port, 'GET', '/ask', bearer(token)).then((a) => { answered = true; return a; });
  assert.equal(code(await ask(port, 'GET', '/open')), '');
  clock.forward(999);
  assert.equal(code(await ask(port, 'GET', '/open')), '');
  assert.equal(answered, false);
  clock.forward(1);
  assert.equal(code(await first), '');
  assert.equal(code(await ask(port, 'GET', '/strict', bearer(token))), 'REVOCATION_UNKNOWN');
});

/** A feed by itself, what it logs, and its clock. */
function alone(t: TestContext, url: string) {
  const clock = new HandClock(), said: string[] = [], say = (kind: string) => (m: string) => { said.push(`${kind} ${m}`); };
  const feed = new Feed(url, key, new State(() => clock.now()), { log: say('log'), warn: say('warn'), error: say('error') }, clock);
  t.after(() => { feed.close(); });
  feed.start();
  return { feed, clock, said };
}

for (const status of [401, 403]) {
  test(`a wrong key (${status}) is told once, and not hammered with`, async (t) => {
    let calls = 0;
    const url = await serve(t, (_, r) => { calls++; r.writeHead(status).end(); });
    const { feed, clock, said } = alone(t, url);
    for (let n = 1; n <= 5; n++) {
      await until(`try ${n} is over`, () => calls === n && clock.last > 12_500) // which is the patience with a connection;
      clock.forward(14_999);
      assert.equal(calls, n);
      clock.forward(clock.last);
    }
    assert.match(feed.status().problem, /revocations:read/);
    assert.equal(said.filter((s) => s.startsWith('error')).length, 1);
    assert.ok(!said.join().includes(key));
  });
}

for (const [name, said, problem] of [
  ['no hello', ready, /hello/],
  ['a wrong hello', `event: hello\ndata: 5\n\n${ready}`, /hello/],
  ['no life', `event: hello\ndata: {"heartbeat":5}\n\n${ready}`, /hello/],
  ['no ready', greeting(), /ended/],
  ['news unreadable', `${greeting()}event: session.ended\ndata: {\n\n${ready}`, /news/],
  ['news of a wrong shape', `${greeting()}event: user.changed\ndata: {"seats":[{"role":5}]}\n\n${ready}`, /news/],
  ['a long line', `${greeting()}data: ${'x'.repeat(1 << 20)}\n\n${ready}`, /1 MiB/],
] as const) {
  test(`no feed: ${name}`, async (t) => {
    const { feed } = alone(t, await serve(t, (_, r) => { r.writeHead(200, { 'Content-Type': 'text/event-stream' }).end(said); }));
    await until('it has a problem', () => feed.status().problem !== '');
    assert.match(feed.status().problem, problem);
    assert.equal(feed.status().live, false);
  });
}

for (const [name, status, headers, problem] of [
  ['a page', 200, { 'Content-Type': 'text/html' }, /something else/],
  ['not found', 404, {}, /404/],
  ['elsewhere', 307, { Location: 'http://127.0.0.1:1/' }, /another place/],
] as const) {
  test(`no feed: ${name}`, async (t) => {
    const { feed } = alone(t, await serve(t, (_, r) => { r.writeHead(status, headers).end(ready); }));
    await until('it has a problem', () => feed.status().problem !== '');
    assert.match(feed.status().problem, problem);
  });
}

test('tries grow apart, by chance', () => {
  for (const [tries, refused, least, most] of [[0, false, 100, 400], [3, false, 100, 3200], [9, false, 100, 5000], [0, true, 15_000, 30_000]] as const) {
    const all = Array.from({ length: 200 }, () => pause(tries, refused));
    assert.ok(all.every((n) => n >= least && n <= most) && new Set(all).size > 100, `${tries}`);
  }
});

test('what no token can be about any more is let go of', () => {
  let now = Date.now();
  const state = new State(() => now);
  state.greet({ tenantId: '', accessTokenLife: 900, heartbeat: 5 });
  const at = BigInt(now) * 1_000_000n, nothing = { userId: '', keyId: '', role: '', permissions: [], seats: [], tenantId: '', reason: 'logout' };
  assert.ok(state.apply({ ...nothing, id: '1', event: 'session.ended', at, sessionId: 's' }));
  now += 1_500_000;
  state.sweep();
  assert.equal(state.size, 1);
  now += 1;
  state.sweep();
  assert.equal(state.size, 0);
});

test('events come in any pieces', () => {
  const text = Buffer.from('\ufeffid: 4\r\nevent: session.ended\r\ndata: {"a":\r\ndata: "é"}\r\n\r\n:\n\nevent: nothing\n\nid\ndata\n\ndata: cut');
  for (const size of [1, 2, 7, text.length]) {
    const all: Sse[] = [];
    let lines = 0;
    const reader = new EventReader(() => { lines++; }, (e) => { all.push(e); });
    for (let at = 0; at < text.length; at += size) reader.push(text.subarray(at, at + size));
    assert.deepEqual(all, [{ name: 'session.ended', id: '4', data: '{"a":\n"é"}' }, { name: '', id: '', data: '' }]);
    assert.equal(lines, 12);
  }
});

test('Strict and Lenient exclude each other', () => {
  class Torn { both() { return 0; } }
  const place = [Torn.prototype, 'both', Object.getOwnPropertyDescriptor(Torn.prototype, 'both')!] as const;
  Strict()(...place);
  assert.throws(() => Lenient()(...place), /exclude/);
});
