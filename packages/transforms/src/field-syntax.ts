import { ConnectError, configError } from '@tributary/plugin'
import type { Field, Schema } from '@tributary/plugin'
import { memberOf, requireMap, requireStruct } from './record-part.ts'
import type { Bag } from './record-part.ts'
import { fieldOf, requireFields, structMember } from './struct-access.ts'

export type FieldSyntax = 'V1' | 'V2'
const purpose = 'nested field access'

/** A path to a field, as KIP-821 has it: V1 is one name, V2 leads through dots, with backticks around names that hold dots. */
export class FieldPath {
  readonly #before: readonly string[]
  /** null: the path is empty, which shows when it is used. */
  readonly #last: string | null

  /** Throws a config error for a backtick without its pair. */
  constructor (path: string, syntax: FieldSyntax) {
    const steps = syntax === 'V1' ? [path] : parseSteps(path)
    this.#before = steps.slice(0, -1)
    this.#last = steps.at(-1) ?? null
  }

  #lastStep (): string {
    if (this.#last === null) throw new ConnectError('DATA', 'data', 'The path to the field is empty.', { javaClass: 'java.lang.ArrayIndexOutOfBoundsException' })
    return this.#last
  }

  /** The field in a struct schema; undefined when there is none. */
  field (from: Schema): Field | undefined {
    let current = from
    for (const step of this.#before) {
      const field = fieldOf(requireFields(current), step)
      if (field === undefined) return undefined
      current = field.schema
    }
    return fieldOf(requireFields(current), this.#lastStep())
  }

  /** The value in a struct; null when a struct on the way is null. Defaults of structs on the way always count. */
  inStruct (struct: Bag, from: Schema, withDefault: boolean): unknown {
    let current = struct
    let schema = from
    for (const step of this.#before) {
      const field = fieldOf(schema, step)
      const next = field === undefined ? null : structMember(current, field, true)
      if (next === null) return null
      current = requireStruct(next, field!.schema, purpose)
      schema = field!.schema
    }
    const field = fieldOf(schema, this.#lastStep())
    return field === undefined ? null : structMember(current, field, withDefault)
  }

  /** The value in maps without a schema; null when there is none. */
  inMap (map: Bag | ReadonlyMap<unknown, unknown>): unknown {
    let current = map
    for (const step of this.#before) {
      const next = memberOf(current, step)
      if (next === null) return null
      current = requireMap(next, purpose)
    }
    return memberOf(current, this.#lastStep())
  }
}

function parseSteps (path: string): string[] {
  const steps: string[] = []
  let at = 0
  while (at < path.length) {
    if (path[at] === '`') {
      const { step, end } = quotedStep(path, at)
      steps.push(step)
      at = end
    } else {
      const dot = path.indexOf('.', at)
      steps.push(path.slice(at, dot === -1 ? undefined : dot))
      at = dot === -1 ? path.length : dot + 1
    }
  }
  if (path.endsWith('.')) steps.push('')
  return steps
}

/** A step in backticks: it ends at a backtick before a dot or the end of the path, unless a backslash stands before it. */
function quotedStep (path: string, open: number): { step: string, end: number } {
  let step = ''
  let from = open + 1
  for (let at = path.indexOf('`', from); at !== -1; at = path.indexOf('`', at + 1)) {
    const isEscaped = path[at - 1] === '\\'
    const isEnd = at === path.length - 1
    if (isEnd && isEscaped) break
    if (isEnd) return { step: step + path.slice(from, at), end: path.length }
    if (path[at + 1] !== '.') continue
    if (!isEscaped) return { step: step + path.slice(from, at), end: at + 2 }
    step += path.slice(from, at - 1) + '`'
    from = at + 1
  }
  throw configError(`Incomplete backtick pair in path: [${path}], consider adding a backslash before backtick at position ${open} to escape it`)
}

/** The error for a field that the schema does not have. */
export function unknownField (path: string): ConnectError {
  return new ConnectError('DATA', 'data', `Unknown field: ${path}`, { javaClass: 'java.lang.IllegalArgumentException' })
}
