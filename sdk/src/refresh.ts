import type { Client } from './client.js'
import type { AuthError } from './error.js'
import { alone, pause } from './lock.js'
import type { Grant } from './routes.gen.js'
import type { TokenStore } from './token.js'

/** What became of a refresh: new tokens, by us or another tab; the session is over; not now. */
export type Outcome = { is: 'fresh' } | { is: 'over'; error?: AuthError } | { is: 'later'; error: AuthError }

/** The answers that say for certain that a session is over. Any other ends none. */
const certain = new Set<string>([
  'REFRESH_TOKEN_NOT_FOUND', 'INVALID_REFRESH_TOKEN', 'REFRESH_TOKEN_EXPIRED', 'SESSION_NOT_FOUND', 'INVALID_REFRESH_HASH', 'USER_NOT_FOUND',
])

/** Whether an error says for certain that a session is over. */
export const endsSession = (error: AuthError): boolean => error.status === 401 && certain.has(error.code)

/**
 * After how many milliseconds a refresh is sent again. The service remembers for
 * ten seconds which answer it gave to a token, and takes who comes later for a
 * thief: so one comes early, and from one tab.
 */
const early = 4000

/** Trades the refresh token for new tokens: one request at a time for all tabs. */
export class Refresher {
  private under: Promise<Outcome> | undefined

  constructor(private readonly client: Client, private readonly tokens: TokenStore, private readonly lock: string, private readonly keep: (g: Grant) => void) {}

  /** `turn` is that of the tokens that are no good any more: where there are newer ones, those are the answer. */
  run(turn = this.tokens.load()?.turn): Promise<Outcome> {
    return (this.under ??= this.once(turn).finally(() => { this.under = undefined }))
  }

  private async once(turn: number | undefined): Promise<Outcome> {
    return alone(this.lock, early + this.client.timeout + 1000, async () => {
      let now = this.tokens.load()
      if (turn !== undefined && (!now || now.turn === turn)) {
        // Chromium hands a lock from process to process sooner than what was kept or said under it.
        await pause(50)
        now = this.tokens.load()
      }
      if (turn !== undefined && !now) return { is: 'over' } // another tab was told
      if (now && now.turn !== turn && !this.tokens.isAccessTokenExpired()) return { is: 'fresh' } // another tab was faster
      return this.ask()
    })
  }

  private async ask(lost = false, late = false): Promise<Outcome> {
    const refreshToken = this.tokens.getRefreshToken()
    const r = await this.client.call('POST /auth/refresh', { body: refreshToken ? { refreshToken } : {} }, { timeout: lost ? this.client.timeout : Math.min(early, this.client.timeout) })
    if (r.ok) {
      this.keep(r.data) // before another tab may look
      // It came when its token was already over: the next one may be quicker.
      return !late && this.tokens.isAccessTokenExpired() ? this.ask(lost, true) : { is: 'fresh' }
    }
    const error = r.error as AuthError
    // A lost answer may have been a success: the same token gets the same answer for a while.
    if (!lost && (error.code === 'NETWORK' || error.code === 'TIMEOUT')) return this.ask(true, late)
    return { is: endsSession(error) ? 'over' : 'later', error }
  }
}
