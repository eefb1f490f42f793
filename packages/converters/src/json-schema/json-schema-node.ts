import { dataError } from '@tributary/plugin'
import { hashOrder } from './java-hash-order.ts'
import { isObject } from '../json/json-node.ts'
import { parseExactly } from '../json/json-parse.ts'
import type { JsonNode } from '../json/json-parse.ts'

type Json = Readonly<Record<string, JsonNode>>

/** A JSON Schema as far as it says something of types. */
export type JsonSchemaNode = {
  readonly title: string | null
  readonly description: string | null
  /** undefined: none. */
  readonly default: JsonNode
  /** The `connect.` keywords. */
  readonly connect: { readonly type: string | null, readonly version: number | null, readonly index: number | null, readonly parameters: Readonly<Record<string, string>> | null }
} & JsonSchemaContent

export type JsonSchemaContent =
  | { readonly kind: 'boolean' | 'null' | 'integer' | 'number' | 'string' | 'anything' | 'other' }
  | { readonly kind: 'enum', readonly values: readonly JsonNode[] }
  | { readonly kind: 'const', readonly value: JsonNode }
  | { readonly kind: 'choice', readonly of: readonly JsonSchemaNode[] }
  | { readonly kind: 'all', readonly of: readonly JsonSchemaNode[] }
  | { readonly kind: 'array', readonly items: JsonSchemaNode | null }
  | { readonly kind: 'object', readonly properties: ReadonlyMap<string, JsonSchemaNode>, readonly required: ReadonlySet<string>, readonly additional: JsonSchemaNode | null }
  /** The same place has the same node, however often it is referred to. */
  | { readonly kind: 'reference', readonly target: () => JsonSchemaNode }

const objectWords = ['properties', 'required', 'minProperties', 'maxProperties', 'dependencies', 'patternProperties', 'additionalProperties', 'propertyNames']
const arrayWords = ['items', 'additionalItems', 'minItems', 'maxItems', 'uniqueItems', 'contains', 'prefixItems']
const numberWords = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']
const stringWords = ['minLength', 'maxLength', 'pattern', 'format']

/** Deepest nesting of a schema. */
const maxDepth = 500

/** Where a schema stands: within a document, which references start from. */
interface Place { readonly document: Document, readonly depth: number }

interface Document { readonly root: JsonNode, readonly id: string | null, readonly isModern: boolean, readonly byPointer: Map<string, JsonSchemaNode> }

/** Reads a JSON Schema (drafts 4 to 2020-12), whose references may lead into others. Throws data errors. */
export function loadJsonSchema (text: string, references: readonly { readonly name: string, readonly text: string }[]): JsonSchemaNode {
  const loader = new Loader(references)
  const document = documentOf(text)
  return loader.node(document.root, { document, depth: 0 })
}

function documentOf (text: string): Document {
  let root: JsonNode
  try {
    // Defaults keep all their digits.
    root = parseExactly(text, true)
  } catch (cause) {
    throw dataError('The text of the schema is no JSON.', { cause })
  }
  if (!isObject(root) && typeof root !== 'boolean') throw dataError('A JSON Schema must be an object.')
  const draft = isObject(root) && typeof root['$schema'] === 'string' ? root['$schema'] : ''
  const id = isObject(root) ? root['$id'] ?? root['id'] : null
  return { root, id: typeof id === 'string' ? id : null, isModern: /draft\/20(19-09|20-12)\//.test(draft), byPointer: new Map() }
}

class Loader {
  readonly #texts: ReadonlyMap<string, string>
  readonly #documents = new Map<string, Document>()

  constructor (references: readonly { readonly name: string, readonly text: string }[]) {
    this.#texts = new Map(references.map(({ name, text }) => [name, text]))
  }

  node (json: JsonNode, place: Place): JsonSchemaNode {
    if (place.depth > maxDepth) throw dataError(`A JSON Schema is nested more than ${maxDepth} deep.`)
    if (typeof json === 'boolean') return { title: null, description: null, default: undefined, connect: connectOf({}), kind: json ? 'anything' : 'other' }
    if (!isObject(json)) throw dataError('Each part of a JSON Schema must be an object, true or false.')
    const textOf = (word: string): string | null => typeof json[word] === 'string' ? json[word] : null
    return { title: textOf('title'), description: textOf('description'), default: json['default'], connect: connectOf(json), ...this.#content(json, { ...place, depth: place.depth + 1 }) }
  }

  /** What a schema says of types: the only part that does, or all that do. */
  #content (json: Json, place: Place): JsonSchemaContent {
    const reference = json['$ref']
    const parts: JsonSchemaContent[] = typeof reference === 'string' ? [{ kind: 'reference', target: () => this.#resolve(reference, place) }] : []
    // Before 2019 nothing counted beside a reference.
    if (parts.length > 0 && !place.document.isModern) return parts[0]!
    if (Array.isArray(json['enum'])) parts.push({ kind: 'enum', values: json['enum'] })
    for (const word of ['allOf', 'anyOf', 'oneOf'] as const) {
      if (Array.isArray(json[word])) parts.push({ kind: word === 'allOf' ? 'all' : 'choice', of: (json[word]).map(one => this.node(one, place)) })
    }
    if ('not' in json || 'if' in json) parts.push({ kind: 'other' })
    if ('const' in json) parts.push({ kind: 'const', value: json['const'] })
    parts.push(...this.#typed(json, place))
    const [only] = parts
    if (only === undefined) return { kind: 'anything' }
    return parts.length === 1 ? only : { kind: 'all', of: parts.map(bare) }
  }

  #typed (json: Json, place: Place): JsonSchemaContent[] {
    const { type } = json
    if (Array.isArray(type)) return [{ kind: 'choice', of: (type).map(one => bare(this.#ofType(one, json, place))) }]
    if (type !== undefined) return [this.#ofType(type, json, place)]
    // Words that say something of one type tell it.
    const has = (words: readonly string[]): boolean => words.some(word => word in json)
    return [
      ...has(arrayWords) ? [this.#ofType('array', json, place)] : [], ...has(objectWords) ? [this.#ofType('object', json, place)] : [],
      ...has(numberWords) ? [{ kind: 'number' } as const] : [], ...has(stringWords) ? [{ kind: 'string' } as const] : []
    ]
  }

  #ofType (type: JsonNode, json: Json, place: Place): JsonSchemaContent {
    switch (type) {
      case 'string': case 'integer': case 'number': case 'boolean': case 'null': return { kind: type }
      case 'array': return { kind: 'array', items: isObject(json['items']) ? this.node(json['items'], place) : null }
      case 'object': return this.#object(json, place)
      default: throw dataError(`A JSON Schema has no type ${JSON.stringify(type)}.`)
    }
  }

  #object ({ properties = {}, required, additionalProperties }: Json, place: Place): JsonSchemaContent {
    if (!isObject(properties)) throw dataError('properties of a JSON Schema must be an object.')
    // Java's order, from map to map, where connect.index does not tell it.
    const names = hashOrder(hashOrder(hashOrder(Object.keys(properties)), Object.keys(properties).length))
    return {
      kind: 'object',
      properties: new Map(names.map(name => [name, this.node(properties[name], place)])),
      required: new Set(Array.isArray(required) ? required as string[] : []),
      additional: isObject(additionalProperties) ? this.node(additionalProperties, place) : null
    }
  }

  #resolve (reference: string, { document, depth }: Place): JsonSchemaNode {
    const hash = reference.indexOf('#')
    const [name, fragment] = hash === -1 ? [reference, ''] : [reference.slice(0, hash), decodeURIComponent(reference.slice(hash + 1))]
    const target = name === '' || name === document.id ? document : this.#document(name, document, reference)
    const known = target.byPointer.get(fragment)
    if (known !== undefined) return known
    const json = partOf(target.root, fragment)
    if (json === undefined) throw dataError(`The JSON Schema refers to ${reference}, which is not there.`)
    const node = this.node(json, { document: target, depth })
    target.byPointer.set(fragment, node)
    return node
  }

  #document (name: string, from: Document, reference: string): Document {
    const known = this.#documents.get(name)
    if (known !== undefined) return known
    const named = [...this.#texts.keys()].find(one => one === name || `./${one}` === name || (from.id !== null && isSameAddress(one, name, from.id)))
    if (named === undefined) throw dataError(`The JSON Schema refers to ${reference}, which is no reference of its subject in the registry. Other addresses are not fetched.`)
    const document = documentOf(this.#texts.get(named)!)
    this.#documents.set(name, document)
    return document
  }
}

function bare (content: JsonSchemaContent): JsonSchemaNode {
  return { title: null, description: null, default: undefined, connect: connectOf({}), ...content }
}

function connectOf (json: Json): JsonSchemaNode['connect'] {
  const numberOf = (word: string): number | null => Number.isInteger(json[word]) ? json[word] as number : null
  const parameters = json['connect.parameters']
  return {
    type: typeof json['connect.type'] === 'string' ? json['connect.type'] : null,
    version: numberOf('connect.version'),
    index: numberOf('connect.index'),
    parameters: isObject(parameters) ? parameters as Readonly<Record<string, string>> : null
  }
}

function isSameAddress (one: string, other: string, base: string): boolean {
  return URL.canParse(one, base) && URL.canParse(other, base) && new URL(one, base).href === new URL(other, base).href
}

/** The part of a document that a fragment names: by a JSON Pointer (RFC 6901), or by its id. */
function partOf (root: JsonNode, fragment: string): JsonNode {
  if (fragment === '') return root
  if (!fragment.startsWith('/')) return withId(root, `#${fragment}`, 0)
  const steps = fragment.slice(1).split('/').map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  // Definitions are found under both names.
  return at(root, steps) ?? (steps[0] === '$defs' ? at(root, ['definitions', ...steps.slice(1)]) : undefined)
}

function at (root: JsonNode, steps: readonly string[]): JsonNode {
  return steps.reduce<JsonNode>((json, step) => typeof json === 'object' && json !== null && Object.hasOwn(json, step) ? (json as Json)[step] : undefined, root)
}

function withId (json: JsonNode, id: string, depth: number): JsonNode {
  if (typeof json !== 'object' || json === null || depth > maxDepth) return undefined
  const own = json as Json
  if (own['$id'] === id || own['id'] === id || `#${String(own['$anchor'])}` === id) return json
  for (const part of Object.values(json)) {
    const found = withId(part, id, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}
