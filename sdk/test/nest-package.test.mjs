// The package as it is installed, in NestJS 11 and 12, by require and by import.
import assert from 'node:assert/strict'
import { spawn, execFileSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const sdk = fileURLToPath(new URL('..', import.meta.url)), twelve = join(sdk, 'build', 'nest12')
const secret = 'a secret of this test, longer than 32 bytes', issuer = 'https://auth.test'

// NestJS 12 beside the 11 of the SDK's own node_modules, which a package looks into first.
before(() => {
  rmSync(twelve, { recursive: true, force: true })
  mkdirSync(twelve, { recursive: true })
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(sdk, 'test/nest12', name), join(twelve, name))
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: twelve })
  for (const name of ['dist', 'package.json']) cpSync(join(sdk, name), join(twelve, 'node_modules/@latchkey/sdk', name), { recursive: true })
  cpSync(join(sdk, 'test/nest-app'), twelve, { recursive: true })
})

function token(more) {
  const part = (o) => Buffer.from(JSON.stringify(o)).toString('base64url'), now = Math.floor(Date.now() / 1000)
  const signed = `${part({ alg: 'HS256', typ: 'at+jwt' })}.${part({ iss: issuer, aud: issuer, sub: 'u', tenantId: 'acme', role: 'member', sid: 's', jti: 'j', iat: now, exp: now + 600, ...more })}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

/** A feed that has ended the session `over`. */
async function feed(t) {
  const server = createServer((_, r) => {
    r.writeHead(200, { 'Content-Type': 'text/event-stream' })
    r.write(`event: hello\ndata: {"accessTokenLife":900,"heartbeat":60}\n\nid: 1\nevent: session.ended\ndata: ${JSON.stringify({ event: 'session.ended', at: new Date().toISOString(), sessionId: 'over', reason: 'logout' })}\n\nevent: ready\ndata: {}\n\n`)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => { server.close(); server.closeAllConnections() })
  return { issuer, jwtSecret: secret, feed: { key: 'lks_test', url: `http://127.0.0.1:${server.address().port}` } }
}

function start(folder, script, options) {
  const child = spawn(process.execPath, [join(folder, script), JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] })
  return { child, over: once(child, 'exit'), line: once(createInterface({ input: child.stdout }), 'line').then(([text]) => JSON.parse(text)) }
}

for (const [version, folder] of [['11', join(sdk, 'test/nest-app')], ['12', twelve]]) for (const script of ['by-require.cjs', 'by-import.mjs']) {
  test(`NestJS ${version}, ${script}`, async (t) => {
    const { child, over, line } = start(folder, script, await feed(t))
    const { port } = await line
    const ask = async (path, bearer) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, bearer === undefined ? {} : { headers: { Authorization: `Bearer ${bearer}` } })
      return [answer.status, (await answer.json()).meta?.code]
    }
    assert.deepEqual(await ask('/orders', token()), [200, undefined])
    assert.deepEqual(await ask('/orders'), [401, 'ACCESS_TOKEN_MISSING'])
    assert.deepEqual(await ask('/orders', token({ sid: 'over' })), [401, 'SESSION_NOT_FOUND'])
    assert.deepEqual(await ask('/admin', token()), [403, 'FORBIDDEN'])
    assert.deepEqual(await ask('/admin', token({ role: 'admin' })), [200, undefined])
    assert.deepEqual(await ask('/strict', token()), [200, undefined])
    assert.deepEqual(await ask('/healthz'), [200, undefined])
    child.stdin.end()
    assert.deepEqual(await over, [0, null])
  })
}

test('an open feed keeps no process', async (t) => {
  const { over, line } = start(join(sdk, 'test/nest-app'), 'by-require.cjs', { once: true, ...await feed(t) })
  assert.equal((await line).live, true)
  assert.deepEqual(await over, [0, null])
})
