import { ConnectError, dataError } from '@tributary/plugin'
import type { RegisteredSchema } from './schema-store.ts'
import type { RegistryHttp } from './registry-http.ts'

interface Reference { readonly name: string, readonly subject: string, readonly version: number }
interface SchemaAnswer { readonly id?: number, readonly schema?: string, readonly schemaType?: RegisteredSchema['type'], readonly references?: readonly Reference[] }

/** Deepest chain of references followed. */
const maxReferenceDepth = 20

/** A schema registry that speaks Confluent's REST API. Every call throws ConnectErrors. */
export class SchemaRegistry {
  readonly #http: RegistryHttp
  readonly #normalizes: boolean

  constructor (http: RegistryHttp, { normalizes }: { normalizes: boolean }) {
    this.#http = http
    this.#normalizes = normalizes
  }

  async byId (id: string): Promise<RegisteredSchema> {
    const answer = await this.#http.call('GET', `/schemas/ids/${id}`) as SchemaAnswer
    return await this.#withReferences(id, answer)
  }

  /** The versions of a schema by subject; none where the registry does not tell. */
  async versions (id: string): Promise<ReadonlyMap<string, number>> {
    try {
      const answer = await this.#http.call('GET', `/schemas/ids/${id}/versions`)
      return new Map(Array.isArray(answer) ? (answer as readonly { subject: string, version: number }[]).map(({ subject, version }) => [subject, version]) : [])
    } catch (error) {
      // Registries of other makes may not have the path, and users not the right to it.
      if (error instanceof ConnectError && error.kind !== 'transient') return new Map()
      throw error
    }
  }

  /** The newest version of a subject. */
  async latest (subject: string): Promise<RegisteredSchema> {
    const answer = await this.#http.call('GET', `/subjects/${encodeURIComponent(subject)}/versions/latest`) as SchemaAnswer
    return await this.#withReferences(String(answer.id ?? -1), answer)
  }

  /** Registers a schema, if the subject does not have it yet; gives its id. */
  async register (subject: string, schema: { type: RegisteredSchema['type'], text: string }): Promise<string> {
    return await this.#idOf(`/subjects/${encodeURIComponent(subject)}/versions`, schema)
  }

  /** The id of a schema that the subject has. */
  async lookup (subject: string, schema: { type: RegisteredSchema['type'], text: string }): Promise<string> {
    return await this.#idOf(`/subjects/${encodeURIComponent(subject)}`, schema)
  }

  async #idOf (path: string, { type, text }: { type: RegisteredSchema['type'], text: string }): Promise<string> {
    // Avro is what a registry takes a schema for; older ones do not know the word.
    const body = { schema: text, ...type === 'AVRO' ? {} : { schemaType: type } }
    const { id } = await this.#http.call('POST', this.#normalizes ? `${path}?normalize=true` : path, body) as SchemaAnswer
    if (typeof id !== 'number') throw dataError('The schema registry gave no id for a schema.')
    return String(id)
  }

  async #withReferences (id: string, answer: SchemaAnswer): Promise<RegisteredSchema> {
    if (typeof answer.schema !== 'string') throw dataError(`The schema registry gave no schema for id ${id}.`)
    const found = new Map<string, { name: string, text: string }>()
    await this.#collect(answer.references ?? [], found, 0)
    return { id, type: answer.schemaType ?? 'AVRO', text: answer.schema, references: [...found.values()] }
  }

  async #collect (references: readonly Reference[], found: Map<string, { name: string, text: string }>, depth: number): Promise<void> {
    if (depth > maxReferenceDepth) throw dataError(`Schemas refer to each other more than ${maxReferenceDepth} deep.`)
    for (const { name, subject, version } of references) {
      const key = `${version} ${subject}`
      if (found.has(key)) continue
      const answer = await this.#http.call('GET', `/subjects/${encodeURIComponent(subject)}/versions/${version}`) as SchemaAnswer
      await this.#collect(answer.references ?? [], found, depth + 1)
      found.set(key, { name, text: answer.schema ?? '' })
    }
  }
}
