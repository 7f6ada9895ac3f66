import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { generate, type } from '../scripts/generate.mjs'

const sdk = fileURLToPath(new URL('..', import.meta.url))

for (const [name, schema, want] of [
  ['nothing said', undefined, 'unknown'],
  ['anything', true, 'unknown'],
  ['a reference', { $ref: '#/components/schemas/Pet' }, 'Pet'],
  ['one value', { const: 'email' }, '"email"'],
  ['some values', { type: 'string', enum: ['a', 'b'] }, '"a" | "b"'],
  ['values that are twice there', { enum: ['a', 'a'] }, '"a"'],
  ['values with quotes', { enum: ['a"b'] }, '"a\\"b"'],
  ['a number', { type: 'integer', minimum: 0 }, 'number'],
  ['may be null, 3.1', { type: ['string', 'null'] }, 'string | null'],
  ['may be null, 3.0', { type: 'string', nullable: true }, 'string | null'],
  ['one of two', { oneOf: [{ $ref: '#/components/schemas/Cat' }, { $ref: '#/components/schemas/Dog' }] }, 'Cat | Dog'],
  ['any of two that are the same', { anyOf: [{ type: 'number' }, { type: 'integer' }] }, 'number'],
  ['all of two', { allOf: [{ $ref: '#/components/schemas/Cat' }, { enum: ['a', 'b'] }] }, 'Cat & ("a" | "b")'],
  ['a list', { type: 'array', items: { type: 'string' } }, 'string[]'],
  ['a list of some values', { type: 'array', items: { enum: ['a', 'b'] } }, '("a" | "b")[]'],
  ['a list of one of two objects', { type: 'array', items: { oneOf: [{ type: 'object', properties: { a: { type: 'null' } } }, { type: 'object', properties: { b: {} } }] } },
    '({\n  a?: null\n} | {\n  b?: unknown\n})[]'],
  ['a list of anything', { type: 'array' }, 'unknown[]'],
  ['a free object', { type: 'object' }, 'Record<string, unknown>'],
  ['an object of numbers', { type: 'object', additionalProperties: { type: 'number' } }, 'Record<string, number>'],
  ['an empty object', { type: 'object', additionalProperties: false }, 'Record<string, never>'],
  ['odd names', { type: 'object', properties: { 'x-id': { type: 'string' } }, required: ['x-id'] }, '{\n  "x-id": string\n}'],
  ['a comment that ends early', { type: 'object', properties: { a: { type: 'string', description: 'one */\ntwo' } } }, '{\n  /** one * / two */\n  a?: string\n}'],
]) test(`type: ${name}`, () => assert.equal(type(schema), want))

const envelope = (codes, data, meta = {}) => ({ type: 'object', properties: { data, meta: { type: 'object', properties: { code: { type: 'string', enum: codes }, ...meta } } } })
const answer = (codes, data, meta, examples = {}) => ({ description: codes.join(), content: { 'application/json': { schema: envelope(codes, data, meta), examples } } })
const failure = (code, meta) => ({ [code]: { value: { meta: { status: 'error', code, requestId: 'R', ...meta } } } })

/** A service with one of everything that is odd. */
const small = {
  openapi: '3.1.0',
  components: { schemas: {
    Pet: { type: 'object', description: 'An animal', properties: { name: { type: 'string' }, owner: { type: ['string', 'null'] } }, required: ['name'] },
    Kind: { type: 'string', enum: ['cat', 'dog'] },
  } },
  paths: {
    '/pets/{id}': {
      get: {
        summary: 'One of them',
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
          { name: 'kind', in: 'query', schema: { $ref: '#/components/schemas/Kind' } },
          { name: 'x-tenant-id', in: 'header', schema: { type: 'string' } },
        ],
        responses: {
          200: answer(['FOUND', 'ASKED'], { oneOf: [{ $ref: '#/components/schemas/Pet' }, { type: 'boolean' }] }),
          404: answer(['NO_PET'], { type: 'null' }, { reason: { type: 'string' } }, failure('NO_PET', {})),
          429: answer(['SLOW_DOWN'], { type: 'null' }, { retryAfter: { type: 'integer', description: 'Seconds' } }, failure('SLOW_DOWN', { retryAfter: 3 })),
        },
      },
    },
    '/pets': { post: {
      requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } } },
      responses: { 201: answer(['MADE'], { type: 'object', additionalProperties: true }) },
    } },
    '/docs': { get: { summary: 'A page', responses: { 200: { description: 'Success' } } } },
  },
}

/** What TypeScript finds wrong with `text` beside the types that were generated. */
function complaints(text) {
  const files = { '/routes.gen.ts': generate(small), '/use.ts': `import type { Routes, Route, ErrorCode, ErrorMeta, Pet, Kind } from './routes.gen.js'\n${text}` }
  const options = { strict: true, noEmit: true, exactOptionalPropertyTypes: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, types: [] }
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists, readFile } = host
  host.getSourceFile = (name, ...rest) => (files[name] === undefined ? getSourceFile(name, ...rest) : ts.createSourceFile(name, files[name], rest[0]))
  host.fileExists = (name) => files[name] !== undefined || fileExists(name)
  host.readFile = (name) => files[name] ?? readFile(name)
  const program = ts.createProgram(['/use.ts', '/routes.gen.ts'], options, host)
  return ts.getPreEmitDiagnostics(program).map((d) => ts.flattenDiagnosticMessageText(d.messageText, ' '))
}

test('a small service: what fits compiles', () => {
  assert.deepEqual(complaints(`
    type Get = Routes['GET /pets/{id}']
    export const found: Get['answer'] = { code: 'FOUND', data: { name: 'Tom', owner: null } }
    export const asked: Get['answer'] = { code: 'ASKED', data: true }
    export const place: Get['path'] = { id: '1' }
    export const query: Get['query'] = { kind: 'cat' }
    export const error: Get['error'] = 'NO_PET'
    export const made: Routes['POST /pets'] = { body: { name: 'Tom' }, query: undefined as never, path: undefined as never, answer: { code: 'MADE', data: { any: [1] } }, error: undefined as never }
    export const slow: ErrorMeta['SLOW_DOWN'] = { retryAfter: 3 }
    export const all: [Route, ErrorCode, Kind, Pet] = ['POST /pets', 'SLOW_DOWN', 'dog', { name: 'Rex' }]`), [])
})

for (const [name, text] of [
  ['the data of another code', `export const a: Routes['GET /pets/{id}']['answer'] = { code: 'ASKED', data: { name: 'Tom' } }`],
  ['a place left out', `export const a: Routes['GET /pets/{id}']['path'] = {}`],
  ['a value that is none', `export const a: Routes['GET /pets/{id}']['query'] = { kind: 'cow' }`],
  ['a header as a query', `export const a: Routes['GET /pets/{id}']['query'] = { 'x-tenant-id': 'a' }`],
  ['an error that the route does not have', `export const a: Routes['POST /pets']['error'] = 'NO_PET'`],
  ['a route without an envelope', `export const a: Route = 'GET /docs'`],
  ['a field left out', `export const a: Pet = { owner: 'Ann' }`],
]) test(`a small service: ${name} does not compile`, () => assert.equal(complaints(text).length, 1, complaints(text).join('\n')))

test('a route says what it is for, and the order is of names', () => {
  const text = generate(small)
  assert.match(text, /\/\*\* One of them \*\/\n {2}"GET \/pets\/\{id\}": \{/)
  assert.match(text, /\/\*\* An animal \*\/\nexport interface Pet \{/)
  assert.equal(text, generate({ ...small, paths: Object.fromEntries(Object.entries(small.paths).reverse()) }))
})

test('--check fails where the file differs and writes nothing', (t) => {
  const at = mkdtempSync(join(tmpdir(), 'generate-'))
  t.after(() => rmSync(at, { recursive: true }))
  for (const folder of ['scripts', 'src']) mkdirSync(join(at, folder))
  cpSync(join(sdk, 'scripts/generate.mjs'), join(at, 'scripts/generate.mjs'))
  writeFileSync(join(at, 'openapi.json'), JSON.stringify(small))
  const file = join(at, 'src/routes.gen.ts')
  const run = (...flags) => spawnSync(process.execPath, [join(at, 'scripts/generate.mjs'), ...flags], { encoding: 'utf8' })
  assert.equal(run().status, 0)
  assert.equal(run('--check').status, 0)
  writeFileSync(file, 'export type Route = string\n')
  const { status, stderr } = run('--check')
  assert.equal(status, 1)
  assert.match(stderr, /differs from openapi.json/)
  assert.equal(readFileSync(file, 'utf8'), 'export type Route = string\n')
})

test('in the document of the service, the example of each code has the data that its type says', () => {
  const document = JSON.parse(readFileSync(join(sdk, 'openapi.json'), 'utf8'))
  const named = (s) => document.components.schemas[s.$ref.split('/').pop()]
  let seen = 0
  for (const [path, methods] of Object.entries(document.paths)) for (const operation of Object.values(methods)) for (const response of Object.values(operation.responses)) {
    const { schema, examples } = response.content?.['application/json'] ?? {}
    const shapes = schema?.properties?.data?.oneOf
    if (!shapes) continue
    seen++
    const codes = schema.properties.meta.properties.code.enum
    assert.equal(codes.length, shapes.length, path)
    codes.forEach((code, i) => {
      const missing = named(shapes[i]).required.filter((name) => !(name in examples[code].value.data))
      assert.deepEqual(missing, [], `${path}: ${code}`)
    })
  }
  assert.ok(seen > 0)
})
