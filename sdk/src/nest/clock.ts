/** The clocks of a feed, apart for tests. What waits keeps no process alive. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since some time, never set back. */
  passed(): number;
  /** Does something later, after milliseconds, unless the function returned is called before. */
  after(ms: number, what: () => void): () => void;
}

export const system: Clock = {
  now: () => Date.now(),
  passed: () => performance.now(),
  after: (ms, what) => {
    const timer = setTimeout(what, ms).unref();
    return () => { clearTimeout(timer); };
  },
};
