import type { AuthStore } from './store.js'

// What is used of axios, so that this package needs none.
interface AxiosConfig { headers: { set(name: string, value: string): unknown }; withCredentials?: boolean; latchkeyTurn?: number | undefined; latchkeyAgain?: true }
interface AxiosLike {
  interceptors: {
    request: { use(before: (config: any) => any): number; eject(id: number): void }
    response: { use(good: undefined, bad: (error: any) => any): number; eject(id: number): void }
  }
  request(config: any): Promise<unknown>
}

/** The same for an axios instance as createFetch for fetch. The function that is returned takes it off. */
export function attachAxios(instance: AxiosLike, auth: AuthStore): () => void {
  const before = instance.interceptors.request.use(async (config: AxiosConfig) => {
    if (auth.isAuthenticated && auth.tokens.isAccessTokenExpired()) await auth.refresh()
    config.latchkeyTurn = auth.tokens.load()?.turn
    const token = auth.tokens.getAccessToken()
    if (token) config.headers.set('authorization', `Bearer ${token}`)
    else config.withCredentials ??= !auth.isBearer
    return config
  })
  const after = instance.interceptors.response.use(undefined, async (error: { config?: AxiosConfig; response?: { status: number } }) => {
    const { config, response } = error
    if (!config || response?.status !== 401 || config.latchkeyAgain || !auth.isAuthenticated || !(await auth.refresh(config.latchkeyTurn))) throw error
    return instance.request({ ...config, latchkeyAgain: true })
  })
  return () => {
    instance.interceptors.request.eject(before)
    instance.interceptors.response.eject(after)
  }
}
