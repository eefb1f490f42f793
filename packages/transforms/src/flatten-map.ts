import { TypedNumber, dataError, isInt64, javaClassOf } from '@tributary/plugin'
import { isBag, membersOf, setMember } from './record-part.ts'
import type { Bag } from './record-part.ts'

type Members = Bag | ReadonlyMap<unknown, unknown>
/** Flattens maps of one shape; undefined for a map of another shape. */
type Plan = (map: object) => Bag | undefined

/** Plans tried on each map, newest hit first. */
const maxTried = 8
/** Plans ever made; data without a repeating shape must not compile for ever. */
const maxCompiled = 64
const maxPlanMembers = 400

function isLeafObject (value: object): boolean {
  return Array.isArray(value) || value instanceof Uint8Array || value instanceof TypedNumber
}

/**
 * Flattens maps without a schema: `{ a: { b: 1 } }` becomes `{ 'a.b': 1 }`. Order is kept, an empty nested map disappears.
 *
 * Records of a topic mostly look alike, so each shape met is compiled once into a function that checks the member names and builds the
 * result as one literal: several times faster than joining names and adding members one by one.
 */
export class MapFlattener {
  readonly #delimiter: string
  readonly #arrays: 'copy' | 'flatten'
  readonly #plans: Plan[] = []
  #compiled = 0

  constructor (delimiter: string, arrays: 'copy' | 'flatten') {
    this.#delimiter = delimiter
    this.#arrays = arrays
  }

  /** Throws a data error for a value that Connect's data model does not have without a schema, such as a Date. */
  flatten (map: Members): Bag {
    const plans = this.#plans
    for (let i = 0; i < plans.length; i++) {
      const plan = plans[i]!
      const flat = plan(map)
      if (flat === undefined) continue
      if (i > 0) {
        plans[i] = plans[i - 1]!
        plans[i - 1] = plan
      }
      return flat
    }
    const flat: Record<string, unknown> = {}
    this.#collect(map, '', flat)
    this.#learn(map)
    return flat
  }

  #collect (map: Members, prefix: string, into: Record<string, unknown>): void {
    for (const [key, value] of membersOf(map)) {
      if (typeof key !== 'string') throw dataError(`Flatten needs maps with text as keys, found: ${javaClassOf(key)}`)
      this.#place(value, prefix === '' ? key : prefix + this.#delimiter + key, into)
    }
  }

  #place (value: unknown, name: string, into: Record<string, unknown>): void {
    if (isBag(value)) {
      this.#collect(value, name, into)
    } else if (this.#arrays === 'flatten' && Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) this.#place(value[i], name === '' ? String(i) : name + this.#delimiter + i, into)
    } else {
      if (!isSupported(value)) {
        throw dataError(`Flatten transformation was passed a value of type class ${javaClassOf(value)} which is not supported by Connect's data API`)
      }
      setMember(into, name, value ?? null)
    }
  }

  #learn (map: Members): void {
    if (this.#compiled >= maxCompiled || map instanceof Map) return
    const plan = compile(map as Bag, this.#delimiter, this.#arrays)
    if (plan === null) return
    this.#compiled++
    this.#plans.unshift(plan)
    if (this.#plans.length > maxTried) this.#plans.pop()
  }
}

function isSupported (value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return isLeafObject(value)
  // An integer past 64 bits comes from JSON text, where Java would have wrapped it: it passes through exactly.
  if (typeof value === 'bigint') return isInt64(value) || BigInt.asIntN(64, value) !== value
  return true
}

interface Draft { body: string, members: string, keys: string[][], variables: number }

function compile (map: Bag, delimiter: string, arrays: 'copy' | 'flatten'): Plan | null {
  const draft: Draft = { body: '', members: '', keys: [], variables: 0 }
  if (!draftMap(draft, map, 'map', '', { delimiter, arrays })) return null
  const source = `'use strict'; return map => {${draft.body}\nreturn {${draft.members}} }`
  // oxlint-disable-next-line typescript/no-implied-eval -- compiling is the point; names stand in the source as JSON texts only.
  const make = new Function('keys', 'isLeaf', 'isBag', 'isBigLeaf', source) as (
    keys: string[][], isLeaf: (value: object) => boolean, isMap: (value: unknown) => boolean, isBigLeaf: (value: unknown) => boolean
  ) => Plan
  return make(draft.keys, arrays === 'flatten' ? value => isLeafObject(value) && !Array.isArray(value) : isLeafObject, value => isBag(value) && !(value instanceof Map), isSupported)
}

/** Adds the checks and members of one level; false where a plan would not be worth it or not be right. */
function draftMap (draft: Draft, map: Bag, variable: string, prefix: string, options: { delimiter: string, arrays: string }): boolean {
  const names = Object.keys(map)
  const level = draft.keys.push(names) - 1
  draft.body += `
    { const names = keys[${level}]; let i = 0; for (const name in ${variable}) { if (name !== names[i]) return undefined; i++ } if (i !== ${names.length}) return undefined }`
  for (const name of names) {
    if (name === '__proto__' || draft.variables >= maxPlanMembers) return false
    const value = map[name]
    const member = `v${draft.variables++}`
    const flatName = prefix === '' ? name : prefix + options.delimiter + name
    draft.body += `\nconst ${member} = ${variable}[${JSON.stringify(name)}];`
    if (isBag(value)) {
      if (value instanceof Map) return false
      draft.body += `if (!isBag(${member})) return undefined;`
      if (!draftMap(draft, value as Bag, member, flatName, options)) return false
    } else {
      if (flatName === '__proto__' || (options.arrays === 'flatten' && Array.isArray(value))) return false
      draft.body += `if (typeof ${member} === 'object' ? ${member} !== null && !isLeaf(${member}) : typeof ${member} === 'bigint' && !isBigLeaf(${member})) return undefined;`
      draft.members += `${JSON.stringify(flatName)}: ${member},`
    }
  }
  return true
}
