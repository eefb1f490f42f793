import type { Column } from './hive-types.ts'

/** A type text taken apart: `struct` with named members; `array` and `map` with members without names; else a type without any. */
interface HiveType {
  readonly kind: string
  readonly members: readonly (readonly [name: string, type: HiveType])[]
}

/** Types that a column of a type may turn into: they hold its values too. Only double rounds, whole numbers past 2^53. */
const wider: Readonly<Record<string, readonly string[]>> = {
  tinyint: ['smallint', 'int', 'bigint', 'float', 'double'],
  smallint: ['int', 'bigint', 'float', 'double'],
  int: ['bigint', 'double'],
  bigint: ['double'],
  float: ['double']
}

/** What two lists of columns make together: those of `old` in their places, wider where it must be, then what is new. */
export interface ColumnUnion {
  readonly columns: readonly Column[]
  readonly added: readonly Column[]
  readonly widened: readonly Column[]
  /** Sentences about fields that cannot become what the newer columns say, and stay what they were. */
  readonly conflicts: readonly string[]
}

export function unionOf (old: readonly Column[], seen: readonly Column[]): ColumnUnion {
  const conflicts: string[] = []
  const widened: Column[] = []
  const newer = new Map(seen.map(({ name, type }) => [name.toLowerCase(), type]))
  const columns = old.map(column => {
    const type = newer.get(column.name.toLowerCase())
    if (type === undefined || type === column.type) return column
    const own = parse(column.type)
    const both = textOf(unionType(own, parse(type), column.name, conflicts))
    if (both === textOf(own)) return column
    widened.push({ name: column.name, type: both })
    return { name: column.name, type: both }
  })
  const known = new Set(old.map(({ name }) => name.toLowerCase()))
  const added = seen.filter(({ name }) => !known.has(name.toLowerCase()))
  return { columns: [...columns, ...added], added, widened, conflicts }
}

/** A type as statements have it: names of members in quotes, since many are words of the language. */
export function quotedType (type: string): string { return textOf(parse(type), '`') }

function unionType (old: HiveType, seen: HiveType, path: string, conflicts: string[]): HiveType {
  if (old.kind === 'struct' && seen.kind === 'struct') {
    const newer = new Map(seen.members)
    const kept = new Set(old.members.map(([name]) => name))
    return {
      kind: 'struct',
      members: [
        ...old.members.map(([name, type]) => [name, newer.has(name) ? unionType(type, newer.get(name)!, `${path}.${name}`, conflicts) : type] as const),
        ...seen.members.filter(([name]) => !kept.has(name))
      ]
    }
  }
  if (old.kind === seen.kind && old.members.length === seen.members.length) {
    return { kind: old.kind, members: old.members.map(([name, type], i) => [name, unionType(type, seen.members[i]![1], path, conflicts)] as const) }
  }
  if (wider[old.kind]?.includes(seen.kind) === true) return seen
  if (wider[seen.kind]?.includes(old.kind) === true) return old
  // What neither holds whole, such as int and float, double holds.
  if (wider[old.kind]?.includes('double') === true && wider[seen.kind]?.includes('double') === true) return { kind: 'double', members: [] }
  conflicts.push(`${path} is ${textOf(old)} and stays so, though records have it as ${textOf(seen)}.`)
  return old
}

function textOf ({ kind, members }: HiveType, quote = ''): string {
  return members.length === 0 ? kind : `${kind}<${members.map(([name, type]) => (name === '' ? '' : `${quote}${name}${quote}:`) + textOf(type, quote)).join(',')}>`
}

/** Takes any text: what is not understood is a kind of its own, equal to itself only. */
function parse (text: string): HiveType {
  const [, kind = text, inner] = /^\s*(array|map|struct)\s*<(.*)>\s*$/is.exec(text) ?? []
  if (inner === undefined) return { kind: kind.trim().toLowerCase(), members: [] }
  return { kind: kind.toLowerCase(), members: partsOf(inner).map(part => kind.toLowerCase() === 'struct' ? memberOf(part) : ['', parse(part)] as const) }
}

function memberOf (part: string): readonly [string, HiveType] {
  const at = part.indexOf(':')
  return [part.slice(0, at).trim().replaceAll('`', '').toLowerCase(), parse(part.slice(at + 1))]
}

/** Cuts at the commas that are in no brackets. */
function partsOf (text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i <= text.length; i++) {
    const c = text[i]
    if (c === '<' || c === '(') depth++
    else if (c === '>' || c === ')') depth--
    else if (c === undefined || (c === ',' && depth === 0)) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  return parts
}
