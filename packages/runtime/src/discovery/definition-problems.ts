import { type ConfigKey, type ConfigType, Password } from '@tributary/plugin'
import type { PluginType } from '../herder/herder.ts'

/** What a plugin says of itself in `kind`, by the type it is listed under, and the function that makes one. */
export const kinds: Readonly<Record<PluginType, { readonly kind: string, readonly define: string }>> = {
  source: { kind: 'source', define: 'defineSource' },
  sink: { kind: 'sink', define: 'defineSink' },
  transformation: { kind: 'transform', define: 'defineTransform' },
  predicate: { kind: 'predicate', define: 'definePredicate' },
  converter: { kind: 'converter', define: 'defineConverter' },
  header_converter: { kind: 'converter', define: 'defineConverter' },
  feed: { kind: 'feed', define: 'defineFeed' },
  config_provider: { kind: 'config_provider', define: 'defineConfigProvider' }
}

/** The functions of a definition, one of which it must have. */
const functions: Readonly<Record<PluginType, readonly string[]>> = {
  source: ['read'],
  sink: ['start'],
  transformation: ['create'],
  predicate: ['create'],
  converter: ['create', 'createHeader'],
  header_converter: ['createHeader'],
  feed: ['open'],
  config_provider: ['open']
}

const isDefault: Readonly<Record<ConfigType, { readonly what: string, readonly test: (value: unknown) => boolean }>> = {
  BOOLEAN: { what: 'a boolean', test: value => typeof value === 'boolean' },
  STRING: { what: 'a string', test: value => typeof value === 'string' },
  CLASS: { what: 'a string', test: value => typeof value === 'string' },
  INT: { what: 'an integer', test: Number.isInteger },
  SHORT: { what: 'an integer', test: Number.isInteger },
  LONG: { what: 'an integer', test: value => Number.isInteger(value) || typeof value === 'bigint' },
  DOUBLE: { what: 'a number', test: value => typeof value === 'number' },
  LIST: { what: 'an array of strings', test: value => Array.isArray(value) && value.every(item => typeof item === 'string') },
  PASSWORD: { what: 'a Password', test: value => value instanceof Password }
}

type Bag = Readonly<Record<string, unknown>>

export function isBag (value: unknown): value is Bag { return typeof value === 'object' && value !== null }

function keyProblem (name: string, key: unknown): string | null {
  const type = isBag(key) ? isDefault[key['type'] as ConfigType] as (typeof isDefault)[ConfigType] | undefined : undefined
  if (type === undefined) return `the key "${name}" of its config is not made by one of the functions of "t", such as t.string({ description: "..." })`
  const { description, default: value } = key as ConfigKey
  if (typeof description !== 'string' || description === '') return `the key "${name}" of its config has no description`
  if (value !== undefined && value !== null && !type.test(value)) return `the default of the key "${name}" of its config is not ${type.what}`
  return null
}

function configProblems (config: unknown): string[] {
  if (!isBag(config) || !isBag(config['keys'])) return ['its "config" is not made by t.object({ ... })']
  return Object.entries(config['keys']).map(([name, key]) => keyProblem(name, key)).filter(problem => problem !== null)
}

/** What a definition of the right kind lacks: parts of sentences; none for a good one. What TypeScript tells those who use it. */
export function definitionProblems (definition: Bag, type: PluginType): string[] {
  const wanted = functions[type]
  return [
    ...typeof definition['summary'] === 'string' ? [] : ['it has no "summary", a sentence for lists of plugins'],
    ...wanted.some(name => typeof definition[name] === 'function') ? [] : [`it has no function "${wanted.join('" or "')}"`],
    ...type !== 'sink' || definition['guarantee'] === 'exactly-once' || definition['guarantee'] === 'at-least-once' ? [] : ['its "guarantee" is neither "exactly-once" nor "at-least-once"'],
    ...configProblems(definition['config'])
  ]
}
