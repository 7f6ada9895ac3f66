import { useSyncExternalStore } from 'react'
import type { AuthStore, Snapshot } from './store.js'

/** What is so now, in a React component: it is rendered again when that changes. */
export const useAuth = (auth: AuthStore): Snapshot => useSyncExternalStore(auth.subscribe, auth.snapshot, auth.snapshot)
