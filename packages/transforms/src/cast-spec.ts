import { configError } from '@tributary/plugin'

export const castTypes = ['int8', 'int16', 'int32', 'int64', 'float32', 'float64', 'boolean', 'string'] as const
export type CastType = typeof castTypes[number]

const notCastTypes = ['bytes', 'array', 'map', 'struct']

/** What to cast: the whole value, or members by name. */
export type CastSpec = { readonly whole: CastType } | { readonly members: ReadonlyMap<string, CastType> }

/** Reads the `spec` of Cast. Throws a config error with Java's sentence, odd as some are. */
export function parseCastSpec (mappings: readonly string[]): CastSpec {
  const members = new Map<string, CastType>()
  let whole: CastType | null = null
  for (const mapping of mappings) {
    const parts = splitJava(mapping)
    if (parts.length > 2) throw configError(`Invalid value [${mappings.join(', ')}] for configuration renames: Invalid rename mapping: ${mapping}`)
    if (parts.length === 0) throw configError(`Invalid mapping in casting spec: ${mapping}`)
    const type = castType(parts.at(-1)!.trim())
    if (parts.length === 1) whole = type
    else members.set(parts[0]!.trim(), type)
  }
  if (whole === null) return { members }
  if (mappings.length === 1) return { whole }
  throw configError('Cast transformations that specify a type to cast the entire value to may only specify a single cast in their spec')
}

function castType (text: string): CastType {
  const type = text.toLowerCase()
  if (castTypes.includes(type as CastType)) return type as CastType
  if (notCastTypes.includes(type)) {
    throw configError(`Cast transformation does not support casting to ${type.toUpperCase()}; supported types are [${castTypes.join(', ').toUpperCase()}]`)
  }
  // Java passes the cause where the value belongs, so the sentence reads like this.
  throw configError(`Invalid value java.lang.IllegalArgumentException: No enum constant org.apache.kafka.connect.data.Schema.Type.${text.toUpperCase()} for configuration Invalid type found in casting spec: ${text}`)
}

/** Splits at colons as Java's `split` does: empty parts at the end do not count. */
export function splitJava (text: string): string[] {
  if (text === '') return ['']
  const parts = text.split(':')
  while (parts.at(-1) === '') parts.pop()
  return parts
}
