import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Reference { name: string, subject: string, version: number }
interface Stored { id: number, schema: string, schemaType: string, references: Reference[] }

/** A schema registry that keeps nothing but is spoken to over real HTTP, with Confluent's REST paths. */
export interface TestSchemaRegistry {
  readonly url: string
  /** Requests answered so far, as `GET /schemas/ids/1`. */
  readonly requests: string[]
  /** Answers of this status to all requests, until set to null. */
  failWith: number | null
  /** Demands this user:password, where set. */
  credentials: string | null
  /** Adds a version to a subject, as another program would; gives the schema's id. */
  add (subject: string, schema: string, options?: { schemaType?: string, references?: Reference[] }): number
  /** The text of a schema. */
  text (id: number): string
  /** Everything it holds, by subject and version. */
  all (): readonly { readonly subject: string, readonly id: number, readonly schemaType: string, readonly schema: string }[]
  close (): Promise<void>
}

/** Starts a registry on 127.0.0.1. */
export async function startSchemaRegistry (): Promise<TestSchemaRegistry> {
  const store = new Store()
  const registry = { requests: [] as string[], failWith: null as number | null, credentials: null as string | null }
  const server = createServer((request, response) => {
    registry.requests.push(`${request.method} ${request.url}`)
    const expected = registry.credentials === null ? undefined : `Basic ${Buffer.from(registry.credentials).toString('base64')}`
    if (registry.failWith !== null) answer(response, registry.failWith, { error_code: registry.failWith * 100 + 1, message: 'Told to fail' })
    else if (expected !== undefined && request.headers.authorization !== expected) answer(response, 401, { error_code: 401, message: 'Unauthorized' })
    else void respond(store, request, response)
  })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(0, '127.0.0.1', resolve)
  await promise
  return Object.assign(registry, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: (subject: string, schema: string, options: { schemaType?: string, references?: Reference[] } = {}) => store.add(subject, schema, options),
    text: (id: number) => store.schemas[id - 1]!.schema,
    all: () => [...store.subjects].flatMap(([subject, versions]) => versions.map(({ id, schemaType, schema }) => ({ subject, id, schemaType, schema }))),
    close: async () => {
      const closed = Promise.withResolvers<void>()
      server.close(() => { closed.resolve() })
      server.closeAllConnections()
      await closed.promise
    }
  })
}

class Store {
  readonly schemas: Stored[] = []
  readonly subjects = new Map<string, Stored[]>()

  add (subject: string, schema: string, { schemaType = 'AVRO', references = [] }: { schemaType?: string, references?: Reference[] }): number {
    let stored = this.schemas.find(one => one.schema === schema && one.schemaType === schemaType)
    if (stored === undefined) {
      stored = { id: this.schemas.length + 1, schema, schemaType, references }
      this.schemas.push(stored)
    }
    const versions = this.subjects.get(subject) ?? []
    this.subjects.set(subject, versions)
    if (!versions.includes(stored)) versions.push(stored)
    return stored.id
  }

  versionsOf (stored: Stored): { subject: string, version: number }[] {
    return [...this.subjects].filter(([, versions]) => versions.includes(stored)).map(([subject, versions]) => ({ subject, version: versions.indexOf(stored) + 1 }))
  }
}

function answer (response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' }).end(JSON.stringify(body))
}

async function bodyOf (request: IncomingMessage): Promise<{ schema?: string, schemaType?: string, references?: Reference[] }> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return parts.length === 0 ? {} : JSON.parse(Buffer.concat(parts).toString()) as { schema?: string }
}

async function respond (store: Store, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf(request)
  const [kind, name = '', what, version] = new URL(request.url ?? '/', 'http://registry').pathname.split('/').slice(1).map(decodeURIComponent)
  if (kind === 'schemas') {
    const stored = store.schemas[Number(what) - 1]
    if (stored === undefined) answer(response, 404, { error_code: 40403, message: 'Schema not found' })
    else if (version === 'versions') answer(response, 200, store.versionsOf(stored))
    else answer(response, 200, withoutId(stored))
    return
  }
  const versions = store.subjects.get(name)
  if (request.method === 'POST' && what === 'versions') {
    answer(response, 200, { id: store.add(name, body.schema ?? '', { schemaType: body.schemaType ?? 'AVRO', references: body.references ?? [] }) })
  } else if (versions === undefined) {
    answer(response, 404, { error_code: 40401, message: `Subject '${name}' not found.` })
  } else if (request.method === 'POST') {
    const found = versions.find(one => one.schema === body.schema)
    if (found === undefined) answer(response, 404, { error_code: 40403, message: 'Schema not found' })
    else answer(response, 200, { subject: name, id: found.id, version: versions.indexOf(found) + 1, schema: found.schema })
  } else {
    const found = version === 'latest' ? versions.at(-1) : versions[Number(version) - 1]
    if (found === undefined) answer(response, 404, { error_code: 40402, message: 'Version not found' })
    else answer(response, 200, { subject: name, id: found.id, version: versions.indexOf(found) + 1, ...withoutId(found) })
  }
}

function withoutId ({ schema, schemaType, references }: Stored): object {
  return { schema, ...schemaType === 'AVRO' ? {} : { schemaType }, ...references.length === 0 ? {} : { references } }
}
