// The TypeScript of docs/sdk.md and README.md compiles against the sources of the SDK.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const sdk = fileURLToPath(new URL('..', import.meta.url))
const folder = join(sdk, 'docs-blocks') // of files that are nowhere but in memory

/** The blocks of a page, by file: what the first line names, or a name by their number. */
function blocks(text) {
  const files = new Map()
  for (const [, kind, code] of text.matchAll(/^```(tsx?)\n([^]*?)^```$/gm)) {
    const name = /^\/\/ ([\w.-]+\.tsx?)\n/.exec(code)?.[1] ?? `block-${files.size + 1}.${kind}`
    assert.ok(!files.has(join(folder, name)), `two blocks are ${name}`)
    files.set(join(folder, name), code)
  }
  return files
}

/** How a service in NestJS is compiled, beside a front end. */
const service = { types: ['node'], lib: ['lib.es2022.d.ts'], experimentalDecorators: true, emitDecoratorMetadata: true, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext }
const ofService = ([, code]) => code.includes("from '@nestjs/")

/** What TypeScript finds wrong with files, as a front end with a bundler compiles them. */
function complaints(files, more = {}) {
  const options = {
    strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, verbatimModuleSyntax: true, noEmit: true, skipLibCheck: true,
    target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, moduleDetection: ts.ModuleDetectionKind.Force,
    jsx: ts.JsxEmit.ReactJSX, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'], types: [],
    paths: { '@latchkey/sdk': [join(sdk, 'src/index.ts')], '@latchkey/sdk/*': [join(sdk, 'src/*.ts'), join(sdk, 'src/*/index.ts')] },
    ...more,
  }
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists, readFile, directoryExists } = host
  host.getSourceFile = (name, ...rest) => (files.has(name) ? ts.createSourceFile(name, files.get(name), rest[0]) : getSourceFile(name, ...rest))
  host.fileExists = (name) => files.has(name) || fileExists(name)
  host.readFile = (name) => files.get(name) ?? readFile(name)
  host.directoryExists = (name) => name === folder || directoryExists(name)
  const program = ts.createProgram([...files.keys()], options, host)
  return ts.getPreEmitDiagnostics(program).map((d) => {
    const line = d.file ? d.file.getLineAndCharacterOfPosition(d.start).line + 1 : 0
    return `${d.file?.fileName.slice(sdk.length) ?? ''}:${line} ${ts.flattenDiagnosticMessageText(d.messageText, ' ')}`
  })
}

for (const [page, least, services] of [['../docs/sdk.md', 13, 3], ['README.md', 3, 0]]) test(`the blocks of ${page} compile`, () => {
  const files = blocks(readFileSync(join(sdk, page), 'utf8'))
  assert.ok(files.size >= least, `${files.size} blocks`)
  const all = [...files], nest = all.filter(ofService)
  assert.equal(nest.length, services)
  assert.deepEqual(complaints(new Map(all.filter((f) => !ofService(f)))), [])
  assert.deepEqual(complaints(new Map(nest), service), [])
})

for (const [name, code] of [
  ['a route that is none', `import { Client } from '@latchkey/sdk'\nawait new Client().call('POST /auth/logn')`],
  ['a field that is none', `import { Client } from '@latchkey/sdk'\nawait new Client().call('POST /auth/login', { body: { mail: 'a@b.c', password: 'x' } })`],
  ['a code that the route has not', `import { Client } from '@latchkey/sdk'\nconst r = await new Client().call('GET /auth/me')\nif (!r.ok && r.error.code === 'INVALID_OTP') console.log(r)`],
  ['what belongs to another code', `import type { AuthError } from '@latchkey/sdk'\nexport const left = (e: AuthError) => e.code === 'NETWORK' && e.retryAfter`],
]) test(`the check complains of ${name}`, () => assert.equal(complaints(new Map([[join(folder, 'wrong.ts'), code]])).length, 1))

test('the check complains of an option of the guards that is none', () => {
  const code = `import { LatchkeyModule } from '@latchkey/sdk/nest'\nLatchkeyModule.forRoot({ issuer: 'https://auth.example.com', maxstale: 5 })`
  assert.equal(complaints(new Map([[join(folder, 'wrong.ts'), code]]), service).length, 1)
})
