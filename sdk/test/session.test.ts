import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, mock, test } from 'node:test'
import { AuthStore, createFetch } from '../src/index.js'
import { Locks, Service, Shared } from './service.js'

let service: Service
let shared: Shared
let locks: Locks
let tabs: AuthStore[]
let patience: number

/** Opens a tab of the browser. */
async function tab(): Promise<AuthStore> {
  const t = new AuthStore({ baseUrl: 'http://auth.test', fetch: service.fetch, storage: shared, timeout: patience })
  tabs.push(t)
  await t.start()
  return t
}

const lost = (answer: () => Response): never => {
  answer() // it was done, and nobody heard of it
  throw new TypeError('Failed to fetch')
}
const never = () => new Promise<Response>(() => {})
const later = (ms: number) => new Promise((go) => setTimeout(go, ms))

beforeEach(() => {
  service = new Service()
  shared = new Shared()
  locks = new Locks()
  tabs = []
  patience = 5000
  Object.defineProperty(globalThis, 'navigator', { value: { locks }, configurable: true })
})
afterEach(() => {
  for (const t of tabs) t.stop()
  mock.timers.reset()
})

describe('a browser', () => {
  test('that has no session is told so, and asked once', async () => {
    const t = await tab()
    assert.equal(t.isAuthenticated, false)
    assert.equal(service.refreshes, 1)
  })

  test('whose cookies are from another page is logged in', async () => {
    service.login()
    const t = await tab()
    assert.deepEqual([t.isAuthenticated, t.user?.name, t.reason], [true, 'Ann', null])
    assert.equal(t.tokens.getAccessToken(), null)
  })

  test('refreshes once for all its tabs', async () => {
    service.login()
    const all = await Promise.all(Array.from({ length: 20 }, tab))
    assert.ok(all.every((t) => t.isAuthenticated))
    const before = service.refreshes
    await Promise.all(all.flatMap((t) => [t.refresh(), t.refresh()]))
    assert.equal(service.refreshes, before + 1)
  })

  test('is logged out in every tab when one of them is, and each knows why', async () => {
    service.login()
    const [a, b] = [await tab(), await tab()]
    assert.ok((await a.logout()).ok)
    for (let n = 0; b.isAuthenticated && n < 100; n++) await later(20)
    assert.deepEqual([a.reason, b.isAuthenticated, b.reason], ['logout', false, 'logout'])
    assert.equal(a.isLoggingOut, false)
  })

  test('is not led astray by news that a busy tab hears late', async (c) => {
    service.login()
    const t = await tab()
    const old = t.tokens.load()!
    await t.refresh()
    const now = t.tokens.load()!
    const seen: unknown[] = []
    t.subscribe(() => seen.push(t.user?.name))
    const other = new BroadcastChannel('latchkey:http://auth.test:')
    c.after(() => other.close())
    other.postMessage({ turn: old.turn, fresh: old, user: { name: 'Bob' } })
    other.postMessage({ turn: old.turn, over: 'logout' })
    other.postMessage({ turn: now.turn + 1, fresh: { ...now, turn: now.turn + 1 }, user: { name: 'Cyd' } })
    for (let n = 0; seen.length === 0 && n < 100; n++) await later(20)
    assert.deepEqual([seen, t.tokens.load()?.access, t.tokens.load()?.turn], [['Cyd'], now.access, now.turn + 1])
  })

  test('goes on where somebody logs in again while a busy tab has yet to hear of the logout', async () => {
    service.login()
    const [a, b] = [await tab(), await tab()]
    const reasons: unknown[] = []
    b.subscribe(() => reasons.push(b.reason))
    await a.logout()
    service.login()
    assert.equal(await a.refresh(), true)
    for (let n = 0; reasons.at(-1) !== null && n < 50; n++) await later(20)
    assert.deepEqual([a.isAuthenticated, b.isAuthenticated, shared.getItem('latchkey:http://auth.test:') !== null], [true, true, true])
  })
})

describe('a session goes on', () => {
  for (const [name, fault] of Object.entries({
    'when nobody answers': () => { throw new TypeError('Failed to fetch') },
    'when a proxy answers': () => new Response('<html>Bad Gateway</html>', { status: 502 }),
    'when the service is out of order': () => service.say(503, 'TENANT_CONNECTION_MISSING'),
    'when it is asked too often': () => service.say(429, 'RATE_LIMITED'),
    'when the tenant is suspended': () => service.say(403, 'TENANT_INACTIVE'),
  })) {
    test(name, async () => {
      service.login()
      const t = await tab()
      service.faults = [fault, fault]
      assert.equal(await t.refresh(), false)
      assert.deepEqual([t.isAuthenticated, t.reason, t.tokens.hasValidTokens()], [true, null, true])
      service.faults = []
      assert.equal(await t.refresh(), true)
    })
  }

  test('when answers never come', async () => {
    service.login()
    patience = 50
    const t = await tab()
    service.faults = [never, never]
    assert.equal(await t.refresh(), false)
    assert.deepEqual([t.isAuthenticated, t.reason], [true, null])
    assert.equal(await t.refresh(), true)
  })

  test('when an answer hangs for longer than the service remembers it', async (c) => {
    service.login()
    patience = 15_000
    const [a, b] = [await tab(), await tab()]
    const { setTimeout: real } = globalThis
    c.mock.method(globalThis, 'setTimeout', (f: () => void, ms = 0) => real(f, ms / 10)) // ten times as fast
    service.grace /= 10
    const before = service.cookie
    service.faults = [(answer) => {
      answer()
      service.cookie = before
      return never()
    }]
    assert.deepEqual(await Promise.all([a.refresh(), b.refresh()]), [true, true])
    assert.deepEqual([a.isAuthenticated, b.isAuthenticated], [true, true])
  })

  test('when an answer is lost that had new tokens', async () => {
    service.login()
    const t = await tab()
    service.faults = [lost]
    assert.equal(await t.refresh(), true)
    assert.equal(t.isAuthenticated, true)
  })

  test('and the service is left alone for as long as it says', async () => {
    service.login()
    const [a, b] = [await tab(), await tab()]
    service.faults = [() => service.say(429, 'RATE_LIMITED', null, { retryAfter: 3600 })]
    a.tokens.setAccessToken('', service.now() - 1)
    service.answers = [() => service.say(401, 'TOKEN_INVALID', null, { reason: 'expired' })]
    const r = await a.call('GET /auth/verify-token')
    assert.deepEqual([!r.ok && r.error.code, a.isAuthenticated], ['RATE_LIMITED', true])
    const before = service.refreshes
    assert.deepEqual([await a.refresh(), service.refreshes], [false, before])
    // Another tab got through: this one knows, and needs nothing.
    assert.equal(await b.refresh(), true)
    let free = false
    for (let n = 0; !free && n < 100; n++) {
      await later(20)
      free = await a.refresh()
    }
    assert.equal(free, true)
  })

  test('when answers are late: tokens that are over on arrival are traded again', async () => {
    service.login()
    const t = await tab()
    const before = service.refreshes
    const late = (answer: () => Response) => {
      service.life = -1
      const r = answer()
      service.life = 60_000
      return r
    }
    service.faults = [late]
    assert.deepEqual([await t.refresh(), t.tokens.isAccessTokenExpired(), service.refreshes], [true, false, before + 2])
    // Not for ever, and no other tab takes them for good ones.
    service.faults = [late, late]
    const other = await tab()
    const turn = other.tokens.load()!.turn
    assert.deepEqual([await t.refresh(), service.refreshes], [true, before + 4])
    assert.deepEqual([await other.refresh(turn), other.tokens.isAccessTokenExpired(), service.refreshes], [true, false, before + 5])
  })

  test('when another tab hangs and holds the lock', async (c) => {
    service.login()
    const t = await tab()
    const { setTimeout: real } = globalThis
    c.mock.method(globalThis, 'setTimeout', (f: () => void, ms?: number) => real(f, Math.min(ms ?? 0, 50)))
    locks.hang('latchkey:http://auth.test::refresh')
    assert.equal(await t.refresh(), true)
  })
})

describe('a session ends', () => {
  for (const [code, reason] of [['REFRESH_TOKEN_EXPIRED', 'expired'], ['INVALID_REFRESH_HASH', 'reuse_detected'], ['SESSION_NOT_FOUND', 'password_changed'], ['USER_NOT_FOUND', 'unknown']] as const) {
    test(`with ${code}, and the application is told ${reason}`, async () => {
      service.login()
      const t = await tab()
      const seen: unknown[] = []
      t.subscribe(() => seen.push(t.reason))
      service.faults = [() => service.say(401, code, null, code === 'SESSION_NOT_FOUND' ? { reason } : {})]
      assert.equal(await t.refresh(), false)
      assert.deepEqual([t.isAuthenticated, t.user, t.reason, t.tokens.hasValidTokens()], [false, null, reason, false])
      assert.deepEqual(seen, [reason])
    })
  }

  test('for the same reason in every tab, whichever found out how', async (c) => {
    service.login()
    const [a, b] = [await tab(), await tab()]
    service.faults = [() => service.say(401, 'INVALID_REFRESH_HASH')]
    assert.deepEqual(await Promise.all([a.refresh(), b.refresh()]), [false, false])
    for (let n = 0; b.reason !== 'reuse_detected' && n < 100; n++) await later(20)
    assert.deepEqual([a.reason, b.reason], ['reuse_detected', 'reuse_detected'])

    service.login()
    await a.refresh()
    service.faults = [() => service.say(401, 'REFRESH_TOKEN_NOT_FOUND')] // the service took the cookies of another tab
    await a.refresh()
    assert.equal(a.reason, 'unknown')
    const other = new BroadcastChannel('latchkey:http://auth.test:')
    c.after(() => other.close())
    other.postMessage({ turn: 1, over: 'remote_logout' })
    for (let n = 0; a.reason === 'unknown' && n < 100; n++) await later(20)
    assert.equal(a.reason, 'remote_logout')
  })

  test('not by a logout that nobody heard', async () => {
    service.login()
    const t = await tab()
    service.faults = [() => { throw new TypeError('Failed to fetch') }]
    const r = await t.logout()
    assert.deepEqual([r.ok, !r.ok && r.error.code, t.isAuthenticated, t.isLoggingOut], [false, 'NETWORK', true, false])
  })
})

describe('requests', () => {
  test('with an access token that is over wait for a new one', async () => {
    service.login()
    const t = await tab()
    t.tokens.setAccessToken('', service.now() - 1)
    const before = service.refreshes
    const r = await t.call('GET /auth/verify-token')
    assert.ok(r.ok)
    assert.equal(service.refreshes, before + 1)
  })

  test('that get 401 are sent once more, with their body', async () => {
    service.login()
    const t = await tab()
    const bodies: string[] = []
    const answers = [401, 200]
    const ours: typeof fetch = async (input, init) => {
      if (String(input instanceof Request ? input.url : input).includes('auth.test')) return service.fetch(input, init)
      bodies.push(await (input as Request).text())
      return new Response('', { status: answers.shift() ?? 401 })
    }
    Object.assign(t.config, { fetch: ours })
    const r = await createFetch(t)('http://api.test/orders', { method: 'POST', body: 'one book' })
    assert.deepEqual([r.status, bodies], [200, ['one book', 'one book']])
    // And no third time.
    assert.equal((await createFetch(t)('http://api.test/orders')).status, 401)
    assert.equal(bodies.length, 4)
  })

  test('know the time though the device does not', async () => {
    service.login()
    service.ahead = -5 * 60_000 // the device is five minutes ahead
    const t = await tab()
    assert.equal(t.tokens.isAccessTokenExpired(), false)
    const again = await tab() // and so does the next page
    assert.equal(again.tokens.isAccessTokenExpired(), false)
    assert.equal(service.refreshes, 1)
  })
})
