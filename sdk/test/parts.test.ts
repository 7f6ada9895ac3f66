import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Clock } from '../src/clock.js'
import { read } from '../src/events.js'
import { alone } from '../src/lock.js'
import { Shared } from './service.js'

/** A stream of these pieces, as they come off the network. */
const stream = (...pieces: string[]) =>
  new ReadableStream<Uint8Array>({
    start(c) {
      for (const p of pieces) c.enqueue(new TextEncoder().encode(p))
      c.close()
    },
  })

describe('a stream of events', () => {
  for (const [name, pieces] of Object.entries({
    'in one piece': ['event: hello\ndata: {"heartbeat":15}\n\n:\n\nevent: session.ended\ndata: {"reason":"logout"}\n\n'],
    'in pieces that are torn anywhere': [...'event: hello\ndata: {"heartbeat":15}\n\n:\n\nevent: session.ended\ndata: {"reason":"logout"}\n\n'],
  })) {
    test(name, async () => {
      const seen: object[] = []
      await read(stream(...pieces), 5000, (e) => { if (e.event) seen.push(e) })
      assert.deepEqual(seen, [{ event: 'hello', data: '{"heartbeat":15}' }, { event: 'session.ended', data: '{"reason":"logout"}' }])
    })
  }

  test('that is silent for too long is given up', async () => {
    let left = false
    const silent = new ReadableStream<Uint8Array>({ cancel() { left = true } })
    await assert.rejects(read(silent, 20, () => {}), /silent/)
    assert.ok(left)
  })
})

describe('the clock', () => {
  const at = (ms: number) => new Date(ms).toISOString()

  test('is the server’s, in the middle of the way there and back', () => {
    const c = new Clock()
    c.learn(at(1_000_000), 500_000, 500_200)
    assert.equal(c.ahead, 1_000_000 - 500_100)
  })

  test('believes the quicker of two answers', () => {
    const c = new Clock()
    c.learn(at(1_000_000), 1_000_000, 1_000_100)
    c.learn(at(1_005_000), 1_001_000, 1_009_500)
    assert.equal(c.ahead, -50)
  })

  test('notices that the device’s was set anew', () => {
    const c = new Clock()
    c.learn(at(1_000_000), 1_000_000, 1_000_100)
    c.learn(at(1_001_000), 401_000, 401_200)
    assert.equal(c.ahead, 1_001_000 - 401_100)
  })

  test('learns nothing from what is no time', () => {
    const c = new Clock()
    for (const odd of [undefined, null, 7, 'soon']) c.learn(odd, 1, 2)
    assert.equal(c.ahead, 0)
  })
})

describe('without Web Locks', () => {
  test('tabs wait for each other by a note in localStorage', async () => {
    Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true })
    Object.defineProperty(globalThis, 'localStorage', { value: new Shared(), configurable: true })
    let inside = 0
    let most = 0
    await Promise.all(Array.from({ length: 5 }, () => alone('a', 5000, async () => {
      most = Math.max(most, ++inside)
      await new Promise((go) => setTimeout(go, 30))
      inside--
    })))
    assert.equal(most, 1)
  })

  test('a note of a tab that died holds up nobody for long', async () => {
    const notes = new Shared()
    notes.setItem('a', `gone ${Date.now() + 50}`)
    Object.defineProperty(globalThis, 'localStorage', { value: notes, configurable: true })
    assert.equal(await alone('a', 2000, () => Promise.resolve(7)), 7)
    assert.equal(notes.getItem('a'), null)
  })

  test('where nothing can be kept each tab is on its own', async () => {
    Object.defineProperty(globalThis, 'localStorage', { get() { throw new Error('forbidden') }, configurable: true })
    assert.equal(await alone('a', 50, () => Promise.resolve(7)), 7)
  })
})
