import { TokenStore, type Kept } from './token.js'

/**
 * The tokens of a page whose browser has them in HttpOnly cookies: no script ever
 * sees one. What is kept are the times at which they are over.
 */
export class CookieStore extends TokenStore {
  override save({ sessionId, access, refresh, life, ahead, turn }: Kept): void { super.save({ sessionId, access, refresh, life, ahead, turn }) }

  /** null: the browser has it, and scripts do not. */
  override getAccessToken(): null { return null }

  /** null: the browser has it, and scripts do not. */
  override getRefreshToken(): null { return null }
}
