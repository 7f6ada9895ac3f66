import { Clock } from './clock.js'
import { local, type AnyErrorCode, type AuthError, type LocalMeta } from './error.js'
import type { ErrorCode, Route, Routes } from './routes.gen.js'

/** Where the service is and how it is asked. */
export interface ClientConfig {
  /** Address of the service or of the gateway before it; '' (the default) is the page's own origin. */
  baseUrl?: string
  /** Slug of the tenant; left out: the deployment's default one. */
  tenant?: string
  /** Id of the space. */
  space?: string
  /** Milliseconds that an answer may take, 15,000 unless said. */
  timeout?: number
  /** Another fetch than the page's. */
  fetch?: typeof fetch
}

type Parts<R extends Route> = { [P in 'body' | 'query' | 'path' as Routes[R][P] extends never ? never : P]: Routes[R][P] }
type Optional<T> = { [K in keyof T as Record<string, never> extends T[K] ? never : K]: T[K] } extends Record<string, never> ? true : false

/** What a call sends: the body, the query, the places in the path, where the route has such. */
export type Input<R extends Route> = Parts<R>

/** What any call may end in: nobody answered, or a refresh before it was refused for now. */
type Anywhere = keyof LocalMeta | 'RATE_LIMITED' | 'OVERLOADED' | 'NOT_READY' | 'METHOD_NOT_ALLOWED'

/** What comes back. Nothing is thrown for what a server or a network does. */
export type Result<R extends Route> =
  | (Routes[R]['answer'] & { ok: true })
  | { ok: false; error: AuthError<Routes[R]['error'] extends ErrorCode ? Routes[R]['error'] | Anywhere : AnyErrorCode> }

export interface CallOptions {
  signal?: AbortSignal
  headers?: Record<string, string>
  /** Milliseconds, where it is to be others than the client's. */
  timeout?: number
}

/** The arguments of a call: routes that need nothing need no input. */
export type Arguments<R extends Route> = Optional<Parts<R>> extends true ? [input?: Input<R>, options?: CallOptions] : [input: Input<R>, options?: CallOptions]

interface Envelope {
  message: string
  data: unknown
  ts: string
  meta: { status: string; code: string; requestId?: string } & Record<string, unknown>
}

const isEnvelope = (v: unknown): v is Envelope => typeof (v as Envelope | null)?.meta?.code === 'string'

/** Calls the service's routes. It keeps nothing and refreshes nothing: {@link AuthStore} does. */
export class Client {
  readonly clock = new Clock()
  readonly base: string
  readonly config: ClientConfig
  readonly timeout: number

  constructor(config: ClientConfig = {}) {
    this.config = config
    this.timeout = config.timeout ?? 15_000
    this.base = (config.baseUrl ?? '').replace(/\/$/, '')
  }

  /** Calls a route, such as `call('POST /auth/login', { body: { … } })`. */
  async call<R extends Route>(route: R, ...[input, options]: Arguments<R>): Promise<Result<R>> {
    return (await this.ask(route, input as never, options)) as Result<R>
  }

  /** What every request to the service carries. */
  headers(): Record<string, string> {
    const { tenant, space } = this.config
    return { ...(tenant && { 'x-tenant-id': tenant }), ...(space && { 'x-space-id': space }) }
  }

  private async ask(route: string, input: { body?: unknown; query?: object; path?: object } = {}, options: CallOptions = {}): Promise<unknown> {
    const [method, path = ''] = route.split(' ')
    const headers = { accept: 'application/json', ...this.headers(), ...options.headers }
    const sent = Date.now()
    const over = new AbortController()
    const clock = setTimeout(() => over.abort(), options.timeout ?? this.timeout)
    const leave = () => over.abort()
    options.signal?.addEventListener('abort', leave)
    try {
      if (options.signal?.aborted) over.abort()
      const answer = await (this.config.fetch ?? fetch)(this.base + address(path, input), {
        method: method!, credentials: 'include', cache: 'no-store', signal: over.signal,
        headers: input.body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
        ...(input.body !== undefined && { body: JSON.stringify(input.body) }),
      })
      const said: unknown = await answer.json().catch((e: unknown) => { if (over.signal.aborted) throw e })
      if (!isEnvelope(said)) return { ok: false, error: local('SERVER', `The service is not what answered (HTTP ${answer.status}).`, answer.status) }
      this.clock.learn(said.ts, sent, Date.now())
      const { status, ...meta } = said.meta
      return status === 'success' ? { ...meta, ok: true, data: said.data } : { ok: false, error: { ...meta, message: said.message, status: answer.status } }
    } catch {
      if (options.signal?.aborted) return { ok: false, error: local('ABORTED', 'The request was given up.') }
      return { ok: false, error: over.signal.aborted ? local('TIMEOUT', 'The service did not answer in time.') : local('NETWORK', 'The service cannot be reached.') }
    } finally {
      clearTimeout(clock)
      options.signal?.removeEventListener('abort', leave)
    }
  }
}

function address(path: string, { query, path: places = {} }: { query?: object; path?: object }): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String((places as Record<string, unknown>)[name])))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) search.set(name, String(value))
  const asked = String(search)
  return asked ? `${filled}?${asked}` : filled
}
