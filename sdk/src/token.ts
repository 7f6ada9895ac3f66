/** What is known of the tokens of a session. Times are the server's, in milliseconds. */
export interface Kept {
  sessionId: string
  /** When the access token is over, and the refresh token. */
  access: number
  refresh: number
  /** How long an access token lives. */
  life: number
  /** How far the server's clock was ahead of the device's. */
  ahead: number
  /** A higher one after each refresh, by whichever tab. */
  turn: number
  accessToken?: string
  refreshToken?: string
}

/** Where it is kept: sessionStorage and localStorage are such. */
export type Keeper = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/** Keeps in this page only: gone with it, and out of reach of other scripts' storage. */
export function memory(): Keeper {
  const all = new Map<string, string>()
  return { getItem: (k) => all.get(k) ?? null, setItem: (k, v) => void all.set(k, v), removeItem: (k) => void all.delete(k) }
}

/** What the store is made with. */
export interface TokenConfig {
  /** Under which name. */
  key: string
  storage: Keeper
  /** The server's present. */
  now(): number
  /** Gets new tokens; whether there are good ones afterwards. */
  refresh(): Promise<boolean>
}

/** The tokens of a page that gets them in the body of answers (bearer mode). */
export class TokenStore {
  constructor(protected readonly config: TokenConfig) {}

  /** What is kept, also by other tabs where the storage is theirs too. */
  load(): Kept | null {
    try {
      return JSON.parse(this.config.storage.getItem(this.config.key) ?? 'null') as Kept | null
    } catch {
      return null // somebody else's
    }
  }

  save(kept: Kept): void {
    try {
      this.config.storage.setItem(this.config.key, JSON.stringify(kept))
    } catch { /* full or forbidden: this tab goes on as long as it lives */ }
  }

  /** Notes an access token and when it is over (milliseconds of the server's time). */
  setAccessToken(accessToken: string, expiresAt?: number): void { this.change({ accessToken, ...(expiresAt && { access: expiresAt }) }) }

  getAccessToken(): string | null { return this.load()?.accessToken ?? null }

  setRefreshToken(refreshToken: string, expiresAt?: number): void { this.change({ refreshToken, ...(expiresAt && { refresh: expiresAt }) }) }

  getRefreshToken(): string | null { return this.load()?.refreshToken ?? null }

  clearTokens(): void { this.config.storage.removeItem(this.config.key) }

  /** Whether there is a session that can go on: its refresh token is not over. */
  hasValidTokens(): boolean { return (this.load()?.refresh ?? 0) > this.config.now() }

  /** Whether the next request needs a new access token first. */
  isAccessTokenExpired(): boolean { return (this.load()?.access ?? 0) <= this.config.now() }

  /** Gets new tokens, once for all tabs; whether there are good ones afterwards. */
  refreshToken(): Promise<boolean> { return this.config.refresh() }

  private change(what: Partial<Kept>): void {
    this.save({ ...(this.load() ?? { sessionId: '', access: 0, refresh: 0, life: 0, ahead: 0, turn: 0 }), ...what })
  }
}
