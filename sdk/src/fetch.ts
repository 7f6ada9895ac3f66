import type { AuthStore } from './store.js'

/**
 * A fetch for services behind the same session: it waits for a new access token
 * where the old one is over, and sends a request that got 401 once more. Give it
 * only to requests for services that may see the token.
 */
export function createFetch(auth: AuthStore): typeof fetch {
  const send = auth.config.fetch ?? ((...a: Parameters<typeof fetch>) => fetch(...a))
  return async (input, init) => {
    if (auth.isAuthenticated && auth.tokens.isAccessTokenExpired()) await auth.refresh()
    const request = new Request(input, { credentials: auth.isBearer ? 'same-origin' : 'include', ...init })
    const again = request.clone() // its body can be read once
    const turn = auth.tokens.load()?.turn
    const answer = await send(withToken(auth, request))
    if (answer.status !== 401 || !auth.isAuthenticated || !(await auth.refresh(turn))) return answer
    return send(withToken(auth, again))
  }
}

function withToken(auth: AuthStore, request: Request): Request {
  const token = auth.tokens.getAccessToken()
  if (token) request.headers.set('authorization', `Bearer ${token}`)
  return request
}
