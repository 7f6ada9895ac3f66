import { Client, type Arguments, type CallOptions, type ClientConfig, type Input, type Result } from './client.js'
import { CookieStore } from './cookie.js'
import type { AuthError } from './error.js'
import { endsSession, Refresher, type Outcome } from './refresh.js'
import type { Grant, Route, UserView } from './routes.gen.js'
import { listen } from './listen.js'
import { memory, TokenStore, type Keeper, type Kept } from './token.js'

/** How a page has its tokens, beside where the service is. */
export interface AuthConfig extends ClientConfig {
  /** 'cookie' (the default): HttpOnly cookies that no script sees. 'bearer': in the body of answers. */
  mode?: 'cookie' | 'bearer'
  /** Where expiries are kept (cookie mode: localStorage) or tokens (bearer mode: in this page's memory). */
  storage?: Keeper
}

/** Why a session is over, as the service says it: 'logout', 'remote_logout', 'reuse_detected', 'password_changed', 'locked', 'expired', 'admin', … */
export type Reason = string

/** What a framework shows. The same object as long as nothing changes. */
export interface Snapshot {
  isAuthenticated: boolean
  isLoggingOut: boolean
  user: UserView | null
  /** Why the last session ended; null while one lives. */
  reason: Reason | null
}

/** Why there are no new tokens now, how often in a row, and when the service may be asked again (of performance.now). */
interface Trouble { error: AuthError; times: number; until: number }

/** What tabs tell each other; `turn` says which of two is later. */
type Message = { turn: number; over: Reason } | { turn: number; fresh: Kept; user: UserView }

/** The session of this browser: one for all tabs, refreshed once for all of them. */
export class AuthStore {
  readonly client: Client
  readonly tokens: TokenStore
  private readonly refresher: Refresher
  private readonly listeners = new Set<() => void>()
  private channel: BroadcastChannel | undefined
  private readonly name: string
  private state: Snapshot = { isAuthenticated: false, isLoggingOut: false, user: null, reason: null }
  private clock: ReturnType<typeof setTimeout> | undefined
  private trouble: Trouble | undefined
  private last = 0 // turn that was heard or told
  private stopped: AbortController | undefined

  constructor(readonly config: AuthConfig = {}) {
    this.client = new Client(config)
    this.name = `latchkey:${this.client.base}:${config.tenant ?? ''}`
    const kept = { key: this.name, now: this.client.clock.now, refresh: () => this.refresh() }
    this.tokens = this.isBearer
      ? new TokenStore({ ...kept, storage: config.storage ?? memory() })
      : new CookieStore({ ...kept, storage: config.storage ?? pageStorage() })
    this.refresher = new Refresher(this.client, this.tokens, `${this.name}:refresh`, (g) => this.enter(g))
    this.client.clock.ahead = this.tokens.load()?.ahead ?? 0
    this.state.isAuthenticated = this.tokens.hasValidTokens()
  }

  get isBearer(): boolean { return this.config.mode === 'bearer' }
  get isAuthenticated(): boolean { return this.state.isAuthenticated }
  get isLoggingOut(): boolean { return this.state.isLoggingOut }
  get user(): UserView | null { return this.state.user }
  get reason(): Reason | null { return this.state.reason }

  /** What is so now; the same object until something changes. */
  snapshot = (): Snapshot => this.state

  /** Calls the listener after every change, until the function that is returned is called. */
  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  /**
   * Finds out whether somebody is logged in, and keeps that so: tokens are
   * refreshed before they are over, a session that is ended elsewhere ends here at
   * once. Call it once, when the page starts; stop ends it.
   */
  async start(): Promise<Snapshot> {
    if (this.stopped) return this.state
    const stopped = (this.stopped = new AbortController())
    const options = { signal: stopped.signal }
    // A tab that keeps its tokens for itself has a session of its own.
    if (typeof BroadcastChannel !== 'undefined' && (!this.isBearer || this.config.storage === pageStorage())) {
      this.channel = new BroadcastChannel(this.name)
      this.channel.addEventListener('message', (e: MessageEvent<Message>) => this.heard(e.data), options)
    }
    const awake = () => {
      if (this.trouble) this.trouble.times = 0 // it may be gone
      if (this.isAuthenticated) this.schedule()
    }
    for (const event of ['online', 'pageshow', 'focus']) globalThis.addEventListener?.(event, awake, options)
    globalThis.document?.addEventListener('visibilitychange', awake, options)
    if (this.tokens.hasValidTokens() ? this.tokens.isAccessTokenExpired() : !this.isBearer) await this.refresh()
    else if (this.isAuthenticated) await this.me()
    if (this.isAuthenticated) this.schedule()
    void listen(this, `${this.name}:listen`, stopped.signal)
    return this.state
  }

  /** Ends what start began. The session goes on. */
  stop(): void {
    this.stopped?.abort()
    this.stopped = undefined
    clearTimeout(this.clock)
    this.channel?.close()
    this.channel = undefined
  }

  /**
   * Calls a route as whoever is logged in: with a new access token where the old
   * one is over, and once more where the service finds that it is. Where there is
   * no new one to be had now, the error is why. What logs in is remembered.
   */
  async call<R extends Route>(route: R, ...[input, options]: Arguments<R>): Promise<Result<R>> {
    if (this.isAuthenticated && this.tokens.isAccessTokenExpired()) await this.refresh()
    const turn = this.tokens.load()?.turn
    let r = await this.send(route, input, options)
    if (!r.ok && this.isAuthenticated && ofSession(r.error as AuthError)) {
      if (await this.refresh(turn)) r = await this.send(route, input, options)
      else if (this.trouble) return { ok: false, error: this.trouble.error } as Result<R>
    }
    if (r.ok && isGrant(r.data)) this.enter(r.data)
    return r
  }

  private send<R extends Route>(route: R, input?: Input<R>, options?: CallOptions): Promise<Result<R>> {
    const headers = { ...this.headers(), ...options?.headers }
    return this.client.call(route, ...([input, { ...options, headers }] as unknown as Arguments<R>))
  }

  /** What a request to the service carries. */
  headers(): Record<string, string> {
    const token = this.tokens.getAccessToken()
    return { 'x-token-delivery': this.isBearer ? 'body' : 'cookie', ...(token && { authorization: `Bearer ${token}` }) }
  }

  /** Reads who is logged in. */
  async me(): Promise<UserView | null> {
    const r = await this.call('GET /auth/me')
    if (r.ok) this.set({ user: r.data })
    return this.user
  }

  /**
   * Whether a request that got this error is worth another try: there are new
   * tokens. `turn` is that of the tokens that it was sent with. Ends the session
   * where the service says of its refresh token that it is over.
   */
  async handleAuthError(error: AuthError, turn?: number): Promise<boolean> {
    return ofSession(error) && this.refresh(turn)
  }

  /** Gets new tokens, once for all tabs; whether there are good ones afterwards. It asks nobody while the service wants to be left alone. */
  async refresh(turn?: number): Promise<boolean> {
    if (this.trouble && performance.now() < this.trouble.until) return false
    const o: Outcome = await this.refresher.run(turn)
    switch (o.is) {
      case 'fresh':
        this.well({})
        return true
      case 'over':
        this.over(o.error ? reasonOf(o.error) : 'unknown', !!o.error)
        return false
      default:
        this.trouble = { error: o.error, times: (this.trouble?.times ?? 0) + 1, until: performance.now() + 1000 * (('retryAfter' in o.error && o.error.retryAfter) || 0) }
        this.schedule()
        return false
    }
  }

  /** Logs this device out. Where the service could not be told, nothing has happened, and the error says why. */
  async logout(): Promise<Result<'POST /auth/logout'>> {
    this.set({ isLoggingOut: true })
    const r = await this.call('POST /auth/logout')
    if (r.ok || endsSession(r.error as AuthError)) this.over('logout', true)
    this.set({ isLoggingOut: false })
    return r
  }

  /** Notes that the session is over. */
  over(reason: Reason, tell: boolean): void {
    clearTimeout(this.clock)
    this.trouble = undefined
    const turn = tell ? this.next() : 0
    this.tokens.clearTokens()
    if (this.isAuthenticated) this.set({ isAuthenticated: false, user: null, reason })
    if (tell) this.channel?.postMessage({ turn, over: reason } satisfies Message)
  }

  private heard(m: Message): void {
    const kept = this.tokens.load()?.turn ?? 0
    if ('over' in m && this.reason === 'unknown') this.set({ reason: m.over }) // this tab found out by itself, and the other one knows why
    if (m.turn < Math.max(kept, this.last)) return // a busy tab hears late what is no longer so
    this.last = m.turn
    if ('over' in m) return this.over(m.over, false)
    if (!this.isBearer && m.turn > kept) this.tokens.save(m.fresh) // where storage is forbidden, this is how it gets here
    this.well({ user: m.user })
  }

  /** A number above all before it, in every tab and session. */
  private next(): number { return (this.last = Math.max(Date.now(), this.last + 1, (this.tokens.load()?.turn ?? 0) + 1)) }

  /** Remembers tokens that came. */
  private enter(g: Grant): void {
    const access = Date.parse(g.accessTokenExpiresAt)
    const turn = this.next()
    const fresh = { sessionId: g.sessionId, access, refresh: Date.parse(g.refreshTokenExpiresAt), life: access - this.client.clock.now(), ahead: this.client.clock.ahead, turn }
    this.tokens.save({ ...fresh, ...(g.accessToken && { accessToken: g.accessToken }), ...(g.refreshToken && { refreshToken: g.refreshToken }) })
    this.well({ user: g.user })
    this.channel?.postMessage({ turn, fresh, user: g.user } satisfies Message)
  }

  /** There are good tokens, by this tab or another. */
  private well(more: Partial<Snapshot>): void {
    this.trouble = undefined
    this.set({ isAuthenticated: true, reason: null, ...more })
    this.schedule()
  }

  /** Sets the clock for the next refresh: before the token is over, each tab a little apart; later and later where it failed. */
  private schedule(): void {
    clearTimeout(this.clock)
    const kept = this.tokens.load()
    if (!this.stopped || !kept) return
    const jitter = 0.75 + Math.random() / 4
    const wait = this.trouble
      ? Math.max(Math.min(30_000, 500 * 2 ** this.trouble.times), this.trouble.until - performance.now()) * (jitter + 0.25)
      : kept.access - early(kept) * jitter - this.client.clock.now()
    this.clock = setTimeout(() => void this.due(), Math.min(Math.max(wait, 0), 2 ** 31 - 1))
  }

  private async due(): Promise<void> {
    const kept = this.tokens.load()
    // Another tab may have refreshed, and this one slept through it.
    if (kept && !this.trouble && kept.access - early(kept) > this.client.clock.now()) return this.schedule()
    if (this.isAuthenticated) await this.refresh()
  }

  private set(change: Partial<Snapshot>): void {
    const now = { ...this.state, ...change }
    if ((Object.keys(now) as (keyof Snapshot)[]).every((k) => now[k] === this.state[k])) return
    this.state = now
    for (const tell of [...this.listeners]) tell()
  }
}

/** Errors of an access token or its session, not of what was asked for. */
const ofSession = (e: AuthError): boolean => e.status === 401 && ['TOKEN_INVALID', 'ACCESS_TOKEN_MISSING', 'SESSION_NOT_FOUND', 'USER_NOT_FOUND'].includes(e.code)

/** How long before their end tokens are refreshed, in milliseconds. */
const early = (kept: Kept): number => Math.min(60_000, kept.life / 4)

const isGrant = (data: unknown): data is Grant => typeof (data as Grant | null)?.accessTokenExpiresAt === 'string'

function reasonOf(e: AuthError): Reason {
  if ('reason' in e && e.reason) return e.reason
  return e.code === 'REFRESH_TOKEN_EXPIRED' ? 'expired' : e.code === 'INVALID_REFRESH_HASH' ? 'reuse_detected' : 'unknown'
}

/** The page's localStorage, where it may be used. */
function pageStorage(): Keeper {
  try {
    return globalThis.localStorage ?? memory()
  } catch {
    return memory() // forbidden by the browser's settings
  }
}
