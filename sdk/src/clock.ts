/** A clock that follows the server's: devices are off by minutes. */
export class Clock {
  /** How far it is ahead of the device's, in milliseconds. */
  ahead = 0
  private best = Infinity // round trip of what it was learnt from

  /** The server's present, in milliseconds. */
  now = (): number => Date.now() + this.ahead

  /** Learns from an answer: its `ts`, and when the request was sent and answered. The quicker, the truer. */
  learn(ts: unknown, sent: number, heard: number): void {
    const server = typeof ts === 'string' ? Date.parse(ts) : NaN
    const trip = heard - sent
    // A device whose clock was set meanwhile is told by how far off the known difference is.
    if (Number.isNaN(server) || trip < 0 || (trip > this.best && Math.abs(server - heard - this.ahead) < trip + 1000)) return
    this.best = trip
    this.ahead = server - (sent + heard) / 2
  }
}
