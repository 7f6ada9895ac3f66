// Writes src/routes.gen.ts from openapi.json, the server's own document. With
// --check it writes nothing and fails where the two differ.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

/** The TypeScript of a JSON schema. */
export function type(schema, indent = '') {
  if (schema === undefined || schema === true) return 'unknown'
  if (schema.nullable) return union([type({ ...schema, nullable: false }, indent), 'null']) // of OpenAPI 3.0
  if (schema.$ref) return schema.$ref.split('/').pop()
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return union(schema.enum.map((v) => JSON.stringify(v)))
  for (const many of ['oneOf', 'anyOf']) if (schema[many]) return union(schema[many].map((s) => type(s, indent)))
  if (schema.allOf) return schema.allOf.map((s) => part(s, indent)).join(' & ')
  if (Array.isArray(schema.type)) return union(schema.type.map((t) => type({ ...schema, type: t }, indent)))
  switch (schema.type) {
    case 'string': return 'string'
    case 'integer': case 'number': return 'number'
    case 'boolean': return 'boolean'
    case 'null': return 'null'
    case 'array': return `${part(schema.items, indent)}[]`
    case 'object': return object(schema, indent)
    default: return 'unknown'
  }
}

const union = (types) => [...new Set(types)].join(' | ')

/** The TypeScript of a schema that stands beside something: in brackets where it is several. */
function part(schema, indent) {
  const several = ['oneOf', 'anyOf', 'allOf', 'enum', 'nullable'].some((word) => schema?.[word]) || Array.isArray(schema?.type)
  return several ? `(${type(schema, indent)})` : type(schema, indent)
}

function object({ properties, required = [], additionalProperties }, indent) {
  const names = Object.keys(properties ?? {})
  if (names.length === 0) return additionalProperties === false ? 'Record<string, never>' : `Record<string, ${type(additionalProperties, indent)}>`
  const inner = indent + '  '
  const lines = names.sort().map((name) => {
    const p = properties[name]
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)
    return `${doc(p.description, inner)}${inner}${key}${required.includes(name) ? '' : '?'}: ${type(p, inner)}`
  })
  return `{\n${lines.join('\n')}\n${indent}}`
}

const doc = (text, indent) => (text ? `${indent}/** ${text.replaceAll('*/', '* /').replace(/\s+/g, ' ')} */\n` : '')

const json = (answer) => answer.content?.['application/json']

/** One member of Routes: what is sent, and what may come back. */
function route(name, operation) {
  const parameters = (where) => (operation.parameters ?? []).filter((p) => p.in === where)
  const sent = (where) => {
    const all = parameters(where)
    return all.length === 0 ? 'never' : object({ properties: Object.fromEntries(all.map((p) => [p.name, { description: p.description, ...p.schema }])), required: all.filter((p) => p.required).map((p) => p.name) }, '    ')
  }
  const answers = [], errors = new Set()
  for (const [status, answer] of Object.entries(operation.responses)) {
    const { meta, data } = json(answer)?.schema?.properties ?? {}
    const codes = meta?.properties?.code?.enum ?? []
    if (status >= '400') codes.forEach((c) => errors.add(c))
    else {
      const more = meta?.properties?.nextCursor ? '; nextCursor?: string' : '' // of a list in pages
      codes.forEach((code, i) => answers.push(`{ code: ${JSON.stringify(code)}; data: ${type(data?.oneOf?.length === codes.length ? data.oneOf[i] : data, '    ')}${more} }`))
    }
  }
  if (answers.length === 0) return '' // no envelope: a document, a page, a stream
  const body = operation.requestBody && json(operation.requestBody)
  const summary = doc(operation.summary, '  ')
  return `${summary}  ${JSON.stringify(name)}: {
    body: ${body ? type(body.schema, '    ') : 'never'}
    query: ${sent('query')}
    path: ${sent('path')}
    answer: ${answers.join(' | ')}
    error: ${[...errors].sort().map((c) => JSON.stringify(c)).join(' | ') || 'never'}
  }`
}

/** What meta tells beside code and status, by code: what the examples show. */
function metas(document) {
  const all = {}
  for (const path of Object.values(document.paths)) for (const operation of Object.values(path)) for (const [status, answer] of Object.entries(operation.responses)) {
    if (status < '400') continue
    const properties = json(answer)?.schema?.properties?.meta?.properties ?? {}
    for (const [code, example] of Object.entries(json(answer)?.examples ?? {})) {
      const known = (all[code] ??= {})
      for (const key of Object.keys(example.value?.meta ?? {})) if (!['status', 'code', 'requestId'].includes(key)) known[key] = properties[key]
    }
  }
  return Object.keys(all).sort().map((code) => `  ${code}: ${Object.keys(all[code]).length ? object({ properties: all[code] }, '  ') : 'object'}`).join('\n')
}

/** The whole file. */
export function generate(document) {
  const schemas = Object.entries(document.components?.schemas ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  const named = schemas.map(([name, s]) => `${doc(s.description, '')}export ${s.type === 'object' && s.properties ? `interface ${name} ${type(s)}` : `type ${name} = ${type(s)}`}\n`)
  const routes = []
  for (const [path, methods] of Object.entries(document.paths).sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const [method, operation] of Object.entries(methods).sort()) routes.push(route(`${method.toUpperCase()} ${path}`, operation))
  }
  return `// Code generated by scripts/generate.mjs from openapi.json; DO NOT EDIT.

${named.join('\n')}
/** What is sent to each route, and what may come back. */
export interface Routes {
${routes.filter(Boolean).join('\n')}
}

/** A route, as in the table of the API. */
export type Route = keyof Routes

/** What an error tells beside its code. */
export interface ErrorMeta {
${metas(document)}
}

/** The code of an error that the server answers. */
export type ErrorCode = keyof ErrorMeta
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = generate(JSON.parse(readFileSync(here('../openapi.json'), 'utf8')))
  const file = here('../src/routes.gen.ts')
  if (!process.argv.includes('--check')) writeFileSync(file, text)
  else if (readFileSync(file, 'utf8') !== text) {
    console.error('src/routes.gen.ts differs from openapi.json: run npm run generate')
    process.exit(1)
  }
}
