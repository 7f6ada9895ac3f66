import { createAtom } from 'mobx'
import type { AuthStore, Snapshot } from './store.js'

/** The same for MobX: whatever reads it runs again when it changes. */
export function observableAuth(auth: AuthStore): Readonly<Snapshot> {
  let leave: (() => void) | undefined
  const atom = createAtom('auth', () => { leave = auth.subscribe(() => atom.reportChanged()) }, () => leave?.())
  const now = (): Snapshot => {
    atom.reportObserved()
    return auth.snapshot()
  }
  return {
    get isAuthenticated() { return now().isAuthenticated },
    get isLoggingOut() { return now().isLoggingOut },
    get user() { return now().user },
    get reason() { return now().reason },
  }
}
