import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import axios from 'axios'
import { autorun } from 'mobx'
import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { attachAxios, AuthStore } from '../src/index.js'
import { observableAuth } from '../src/mobx.js'
import { useAuth } from '../src/react.js'
import { Locks, Service, Shared } from './service.js'

let service: Service
let auth: AuthStore

beforeEach(async () => {
  service = new Service()
  service.login()
  Object.defineProperty(globalThis, 'navigator', { value: { locks: new Locks() }, configurable: true })
  auth = new AuthStore({ baseUrl: 'http://auth.test', fetch: service.fetch, storage: new Shared() })
  await auth.start()
})
afterEach(() => auth.stop())

describe('axios', () => {
  let api: Server
  let url: string
  let answers: number[]
  let bodies: string[]

  before(async () => {
    api = createServer((request, answer) => {
      let body = ''
      request.on('data', (d) => { body += d })
      request.on('end', () => {
        bodies.push(body)
        answer.writeHead(answers.shift() ?? 200).end('{}')
      })
    })
    await new Promise<void>((go) => api.listen(0, '127.0.0.1', go))
    url = `http://127.0.0.1:${(api.address() as AddressInfo).port}/orders`
  })
  after(() => api.close())
  beforeEach(() => { answers = []; bodies = [] })

  test('sends once more what got 401, with new tokens and the same body', async () => {
    const instance = axios.create()
    attachAxios(instance, auth)
    answers = [401, 200]
    const asked = service.refreshes
    const r = await instance.post(url, { book: 1 })
    assert.deepEqual([r.status, bodies, service.refreshes], [200, ['{"book":1}', '{"book":1}'], asked + 1])
  })

  test('gives up after the second 401', async () => {
    const instance = axios.create()
    attachAxios(instance, auth)
    answers = [401, 401, 401]
    await assert.rejects(instance.get(url), (e: { response?: { status: number } }) => e.response?.status === 401)
    assert.equal(bodies.length, 2)
  })

  test('leaves other errors alone, and everything once it is taken off', async () => {
    const instance = axios.create()
    const off = attachAxios(instance, auth)
    answers = [403]
    await assert.rejects(instance.get(url))
    off()
    answers = [401]
    await assert.rejects(instance.get(url))
    assert.equal(bodies.length, 2)
  })
})

test('React shows what is so', () => {
  const Name = () => createElement('p', null, useAuth(auth).user?.name ?? 'nobody')
  assert.equal(renderToString(createElement(Name)), '<p>Ann</p>')
})

test('MobX runs again when it changes, and stops listening when nobody looks', async () => {
  const seen: unknown[] = []
  const observed = observableAuth(auth)
  const stop = autorun(() => seen.push(observed.user?.name ?? observed.reason))
  await auth.logout()
  stop()
  assert.deepEqual([seen[0], seen.at(-1)], ['Ann', 'logout'])
  const n = seen.length
  service.login()
  await auth.refresh()
  assert.equal(seen.length, n)
})
