import type { Keeper } from '../src/token.js'

/** What the service does with cookies and sessions, in memory, as CONTRACT.md says it; with faults to order. */
export class Service {
  /** The refresh cookie of the browser, shared by its tabs. */
  cookie: string | undefined
  /** What reached it. */
  readonly asked: string[] = []
  /** Sessions that live, by their current refresh token, and the token before it. */
  private sessions = new Map<string, { id: string; before?: string; since?: number }>()
  /** Milliseconds for which it gives the same answer to a token again. */
  grace = 10_000
  private count = 0
  /** Milliseconds that an access token lives. */
  life = 60_000
  /** How far its clock is ahead. */
  ahead = 0
  /** What happens to the next requests that change something: answers are lost, late or others. */
  faults: ((answer: () => Response) => Response | Promise<Response>)[] = []

  /** What is answered to the next requests that change nothing. */
  answers: (() => Response)[] = []

  now = (): number => Date.now() + this.ahead

  login(): string {
    const id = `s${++this.count}`
    this.cookie = `r${++this.count}`
    this.sessions.set(this.cookie, { id })
    return id
  }

  /** Ends every session. */
  end(): void { this.sessions.clear() }

  fetch: typeof fetch = async (input, init) => {
    const path = String(input instanceof Request ? input.url : input).replace(/^https?:\/\/[^/]+/, '')
    this.asked.push(`${init?.method ?? 'GET'} ${path}`)
    await Promise.resolve()
    const fault = init?.method === 'POST' ? this.faults.shift() : this.answers.shift()
    const answer = () => this.answer(path)
    const aborted = new Promise<never>((_, fail) => init?.signal?.addEventListener('abort', () => fail(new DOMException('aborted', 'AbortError'))))
    return Promise.race([Promise.resolve(fault ? fault(answer) : answer()), aborted])
  }

  private answer(path: string): Response {
    const known = this.cookie ? this.find(this.cookie) : undefined
    switch (path) {
      case '/auth/refresh': {
        if (!this.cookie) return this.say(401, 'REFRESH_TOKEN_NOT_FOUND')
        if (!known) return this.say(401, 'SESSION_NOT_FOUND', null, { reason: 'remote_logout' })
        const [token, session] = known
        if (token === this.cookie) {
          this.sessions.delete(token)
          const next = `r${++this.count}`
          this.sessions.set(next, { id: session.id, before: token, since: Date.now() })
          this.cookie = next
        } else if (Date.now() > session.since! + this.grace) {
          this.end()
          return this.say(401, 'INVALID_REFRESH_HASH')
        } else this.cookie = token // the answer to the same token once more is the same
        return this.say(200, 'TOKENS_REFRESHED', this.grant(session.id))
      }
      case '/auth/me': return known ? this.say(200, 'CURRENT_USER_OK', { id: 'u1', name: 'Ann' }) : this.say(401, 'SESSION_NOT_FOUND', null, { reason: 'remote_logout' })
      case '/auth/logout': this.end(); return this.say(200, 'LOGGED_OUT', true)
      case '/auth/verify-token': return known ? this.say(200, 'ACCESS_TOKEN_VALID', true) : this.say(401, 'SESSION_NOT_FOUND', null, { reason: 'remote_logout' })
      default: return this.say(404, 'NOT_FOUND')
    }
  }

  private find(token: string): [string, { id: string; before?: string; since?: number }] | undefined {
    for (const [now, s] of this.sessions) if (now === token || s.before === token) return [now, s]
    return undefined
  }

  private grant(sessionId: string) {
    const at = (ms: number) => new Date(this.now() + ms).toISOString()
    return { sessionId, accessTokenExpiresAt: at(this.life), refreshTokenExpiresAt: at(7 * 86_400_000), mainTenantId: 'default', user: { id: 'u1', name: 'Ann' } }
  }

  say(status: number, code: string, data: unknown = null, more: object = {}): Response {
    const meta = { status: status < 400 ? 'success' : 'error', code, ...more }
    return new Response(JSON.stringify({ httpStatus: status, message: code, data, meta, ts: new Date(this.now()).toISOString() }), { status })
  }

  /** How many refreshes reached it. */
  get refreshes(): number { return this.asked.filter((a) => a === 'POST /auth/refresh').length }
}

/** What all tabs of a browser share beside cookies. */
export class Shared implements Keeper {
  private all = new Map<string, string>()
  getItem = (k: string): string | null => this.all.get(k) ?? null
  setItem = (k: string, v: string): void => void this.all.set(k, v)
  removeItem = (k: string): void => void this.all.delete(k)
}

/** Web Locks, as far as they are used here. */
export class Locks {
  private queues = new Map<string, Promise<unknown>>()

  async request<T>(name: string, { signal }: { signal: AbortSignal }, work: () => Promise<T>): Promise<T> {
    const before = this.queues.get(name) ?? Promise.resolve()
    let free = () => {}
    this.queues.set(name, before.then(() => new Promise<void>((go) => { free = go })))
    const mine = this.queues.get(name)
    const given = new Promise<never>((_, fail) => signal.addEventListener('abort', () => fail(new DOMException('aborted', 'AbortError'))))
    try {
      await Promise.race([before, given])
    } catch (e) {
      void before.then(() => { free() })
      throw e
    }
    try {
      return await work()
    } finally {
      await Promise.resolve(mine === undefined)
      free()
    }
  }

  /** Takes a lock and never gives it back: a tab that hangs. */
  hang(name: string): void {
    this.queues.set(name, new Promise(() => {}))
  }
}
