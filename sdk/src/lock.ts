/**
 * Does something while no other tab does it. Who waits for longer than `wait`
 * milliseconds, because another tab hangs, goes ahead.
 */
export async function alone<T>(name: string, wait: number, work: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks
  if (!locks) return lease(name, wait, work)
  const tired = new AbortController()
  const clock = setTimeout(() => tired.abort(), wait)
  let begun = false
  try {
    return await locks.request(name, { signal: tired.signal }, () => {
      begun = true
      clearTimeout(clock)
      return work()
    })
  } catch (e) {
    if (begun) throw e
    return work()
  } finally {
    clearTimeout(clock)
  }
}

export const pause = (ms: number): Promise<void> => new Promise((go) => setTimeout(go, ms))

/** The same where a browser has no Web Locks: a note in localStorage that ends by itself. */
async function lease<T>(name: string, wait: number, work: () => Promise<T>): Promise<T> {
  const mine = Math.random().toString(36).slice(2)
  const held = () => {
    const [who, until] = (localStorage.getItem(name) ?? '').split(' ')
    return Number(until) > Date.now() && Number(until) < Date.now() + 2 * wait ? who : undefined
  }
  try {
    for (const end = Date.now() + wait; Date.now() < end; await pause(20 + 30 * Math.random())) {
      if (held()) continue
      localStorage.setItem(name, `${mine} ${Date.now() + wait}`)
      await pause(30) // two that write at once: the last one has it
      if (held() === mine) break
    }
  } catch { /* no storage: this tab is on its own */ }
  try {
    return await work()
  } finally {
    try {
      if (held() === mine) localStorage.removeItem(name)
    } catch { /* as above */ }
  }
}
