import { alone } from './lock.js'
import { read } from './events.js'
import type { AuthStore } from './store.js'

/** Seconds between questions where nothing can be listened to. */
const pollEvery = 30_000

/**
 * Learns at once what becomes of the session. One tab listens for all of them:
 * a browser has six connections to a server (HTTP/1.1), and every stream takes one.
 */
export async function listen(auth: AuthStore, name: string, stopped: AbortSignal): Promise<void> {
  const forever = 2 ** 31 - 1
  if (globalThis.navigator?.locks) await alone(name, forever, () => follow(auth, stopped)).catch(() => {})
  else await poll(auth, stopped)
}

async function follow(auth: AuthStore, stopped: AbortSignal): Promise<void> {
  for (let failures = 0; !stopped.aborted; ) {
    const began = Date.now()
    const outcome = auth.isAuthenticated ? await once(auth, stopped) : 'idle'
    failures = outcome === 'failed' && Date.now() - began < 5000 ? failures + 1 : 0
    if (failures >= 3) await ask(auth) // streams do not come through here
    await pause(outcome === 'idle' ? 1000 : failures >= 3 ? pollEvery : 500 * 2 ** failures * (0.5 + Math.random()), stopped)
  }
}

/** One stream, until it ends. */
async function once(auth: AuthStore, stopped: AbortSignal): Promise<'ended' | 'failed'> {
  if (auth.tokens.isAccessTokenExpired()) await auth.refresh()
  const over = new AbortController()
  const leave = () => over.abort()
  stopped.addEventListener('abort', leave)
  const turn = auth.tokens.load()?.turn
  try {
    const answer = await (auth.config.fetch ?? fetch)(`${auth.client.base}/auth/session/events`, {
      credentials: 'include', cache: 'no-store', signal: over.signal, headers: { accept: 'text/event-stream', ...auth.client.headers(), ...auth.headers() },
    })
    if (answer.status === 401) await auth.refresh(turn)
    if (!answer.ok || !answer.body) return 'failed'
    let heartbeat = 15
    await read(answer.body, 2.5 * heartbeat * 1000, ({ event, data }) => {
      const told = JSON.parse(data || '{}') as { heartbeat?: number; reason?: string; sessionId?: string }
      if (event === 'hello') heartbeat = told.heartbeat ?? heartbeat
      if (event === 'refresh') void auth.refresh()
      // Another login of this browser may have taken its place.
      if (event === 'session.ended' && told.sessionId === auth.tokens.load()?.sessionId) auth.over(told.reason ?? 'unknown', true)
    })
    return 'ended'
  } catch {
    return 'failed'
  } finally {
    over.abort()
    stopped.removeEventListener('abort', leave)
  }
}

async function poll(auth: AuthStore, stopped: AbortSignal): Promise<void> {
  while (!stopped.aborted) {
    await pause(pollEvery, stopped)
    if (!stopped.aborted && auth.isAuthenticated && globalThis.document?.visibilityState !== 'hidden') await ask(auth)
  }
}

const ask = (auth: AuthStore) => auth.call('GET /auth/verify-token')

const pause = (ms: number, stopped: AbortSignal) =>
  new Promise<void>((go) => {
    const clock = setTimeout(done, ms)
    stopped.addEventListener('abort', done)
    function done() {
      clearTimeout(clock)
      stopped.removeEventListener('abort', done)
      go()
    }
  })
