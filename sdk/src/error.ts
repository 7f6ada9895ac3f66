import type { ErrorCode, ErrorMeta } from './routes.gen.js'

/** What this package finds out by itself: nobody answered, or not in the envelope. */
export interface LocalMeta {
  /** No answer came: offline, refused, blocked. */
  NETWORK: object
  /** None came in time. */
  TIMEOUT: object
  /** The caller gave it up. */
  ABORTED: object
  /** Something answered that is not Latchkey: a proxy, a captive portal. */
  SERVER: object
}

/** What a service says that has no such route, as an older one: its document cannot list it. */
export interface AbsentMeta { METHOD_NOT_ALLOWED: object }

interface Said {
  /** For people; may be reworded. */
  message: string
  /** Of HTTP; 0 where nothing answered. */
  status: number
  requestId?: string
}

type Known = ErrorMeta & LocalMeta & AbsentMeta

/** An error: `code` says which, and with it what else is known. */
export type AuthError<Code extends keyof Known = keyof Known> = { [C in Code]: Said & { code: C } & Known[C] }[Code]

/** The code of any error. */
export type AnyErrorCode = keyof Known

/** The error that is none of the server's. */
export const local = (code: keyof LocalMeta, message: string, status = 0): AuthError => ({ code, message, status })
