import { configError, Decimal } from '@tributary/plugin'
import { Annotations, isObject } from './annotations.ts'
import type { AvroSchema } from './avro-schema.ts'
import { logicalKind } from './avro-kinds.ts'
import { decimalIteration, integerIteration, iterationProblem, type Count } from './iteration.ts'
import type { JavaRandom } from './java-random.ts'
import { late } from './lateness.ts'
import { doubleRange, floatRange, intRange, longRange } from './number-ranges.ts'
import { integerValue, wrapBranch } from './literals.ts'
import { readOptions } from './options.ts'
import { RegexText } from './regex/regex-text.ts'
import { indexOf, weightedIndex } from './weights.ts'

/** Makes the next value; each call draws from the one source of all. */
export type Make = () => unknown

export interface GeneratorOptions {
  readonly random: JavaRandom
  /** Which record comes first: "iteration" annotations start there. */
  readonly count: Count
  /** Where files of options are looked for besides the working directory: the folder of the schema file. null: nowhere. */
  readonly folder?: string | null
}

/**
 * A function that makes values of a schema as Confluent's avro-random-generator does: the same seed gives the same values, in the same order of
 * draws. Values are those of Connect (see `connectSchema`). Throws a ConnectError for every annotation that is wrong.
 */
export function compileGenerator (schema: AvroSchema, options: GeneratorOptions): Make {
  return new Compiler(options).make(schema)
}

class Compiler {
  readonly #random: JavaRandom
  readonly #count: Count
  readonly #folder: string | null
  /** A named type used twice is compiled once, since its counters are shared. */
  readonly #made = new Map<AvroSchema, Make>()

  constructor ({ random, count, folder = null }: GeneratorOptions) {
    this.#random = random
    this.#count = count
    this.#folder = folder
  }

  make (schema: AvroSchema): Make {
    const made = this.#made.get(schema) ?? this.#compile(schema, Annotations.of(schema))
    this.#made.set(schema, made)
    return made
  }

  #compile (schema: AvroSchema, args: Annotations): Make {
    const random = this.#random
    const isWhole = schema.type === 'int' || schema.type === 'long'
    args.needs('weights', '"options", or an enum', args.has('options') || schema.type === 'enum')
    args.needs('distribution', '"range"', args.has('range') && (isWhole || schema.type === 'float' || schema.type === 'double'))
    args.needs('late', '"iteration" or "range" of an int or long', isWhole && (args.has('iteration') || args.has('range')))
    if (args.has('options')) return this.#options(schema, args)
    if (args.has('iteration')) return this.#iteration(schema, args)
    switch (schema.type) {
      case 'null': return () => null
      case 'boolean': return this.#boolean(args)
      case 'int': return this.#int(schema, args)
      case 'long': return this.#long(schema, args)
      case 'float': return this.#float(args)
      case 'double': return this.#double(args)
      case 'string': return this.#string(args)
      case 'enum': return this.#enum(schema, args)
      case 'bytes': return logicalKind(schema) === 'decimal' ? this.#decimal(schema) : this.#bytes(args)
      case 'fixed': return logicalKind(schema) === 'decimal' ? this.#decimal(schema) : () => random.nextBytes(schema.size)
      case 'array': return this.#array(schema, args)
      case 'map': return this.#map(schema, args)
      case 'record': return this.#record(schema)
      case 'union': return this.#union(schema)
    }
  }

  #options (schema: AvroSchema, args: Annotations): Make {
    args.excludes('options', ['length', 'regex', 'iteration', 'range'])
    const values = readOptions(schema, args.get('options'), { what: args.named('options'), folder: this.#folder })
    const index = indexOf(args, this.#random, values.length)
    return () => values[index()]
  }

  #enum ({ symbols }: AvroSchema, args: Annotations): Make {
    const index = indexOf(args, this.#random, symbols.length)
    return () => symbols[index()]
  }

  #iteration (schema: AvroSchema, args: Annotations): Make {
    args.excludes('iteration', ['length', 'regex', 'options', 'range'])
    const part = args.part('iteration')
    if (schema.type === 'boolean') return this.#booleanIteration(part, args)
    if (schema.type === 'float' || schema.type === 'double') {
      // A float is rounded before it is counted with.
      const rounded = schema.type === 'float' ? (value: number | null): number | null => value === null ? null : Math.fround(value) : (value: number | null): number | null => value
      const [start, restart = null, step = null, initial = null] = ['start', 'restart', 'step', 'initial'].map(member => rounded(part.number(member)))
      const bounds = { start: start ?? missing(args), restart, step, initial }
      this.#refuse(iterationProblem(bounds), args)
      return decimalIteration(bounds, schema.type, this.#count)
    }
    if (schema.type !== 'int' && schema.type !== 'long' && schema.type !== 'string') throw args.problem('iteration', `is for numbers, booleans and strings, not ${schema.type}`)
    const bits = schema.type === 'long' ? 64 : 32
    const [start, restart, step, initial] = ['start', 'restart', 'step', 'initial'].map(member => part.integer(member, bits))
    const bounds = { start: start ?? missing(args), restart: restart ?? null, step: step ?? null, initial: initial ?? null }
    this.#refuse(iterationProblem(bounds), args)
    const next = integerIteration(bounds, schema.type === 'long' ? 'long' : 'int', this.#count)
    if (schema.type === 'string') return around(args, () => String(next()))
    const shifted = this.#late(args, next)
    return logicalKind(schema) === 'plain' ? shifted : () => integerValue(schema, shifted())
  }

  #refuse (problem: string | null, args: Annotations): void {
    if (problem !== null) throw args.problem('iteration', `is wrong: ${problem}`)
  }

  #booleanIteration (part: Annotations, args: Annotations): Make {
    const start = part.boolean('start') ?? missing(args)
    part.refuse('restart', 'has no meaning for a boolean')
    part.refuse('step', 'has no meaning for a boolean')
    let current = (this.#count.first % 2 === 1) !== start
    const flips = this.#count.stride % 2 === 1
    return () => {
      const result = current
      current = current !== flips
      return result
    }
  }

  #boolean (args: Annotations): Make {
    const random = this.#random
    const odds = args.number('odds')
    if (odds === null) return () => random.nextBoolean()
    if (odds < 0 || odds > 1) throw args.problem('odds', 'must be from 0 to 1')
    return () => random.nextDouble() < odds
  }

  #int (schema: AvroSchema, args: Annotations): Make {
    const random = this.#random
    const next = args.has('range') ? intRange(args, random) : (): number => random.nextInt()
    return this.#dated(schema, args, next)
  }

  #long (schema: AvroSchema, args: Annotations): Make {
    const random = this.#random
    const next = args.has('range') ? longRange(args, random) : (): number | bigint => random.nextLong()
    return this.#dated(schema, args, next)
  }

  /** Dates and times as such; a range keeps them within what a date can be. */
  #dated (schema: AvroSchema, args: Annotations, next: () => number | bigint): Make {
    const kind = logicalKind(schema)
    if (kind === 'plain') return this.#late(args, next)
    if (kind !== 'time' && !args.has('range')) {
      throw configError(`"${schema.path}" needs a "range", "iteration" or "options": most numbers are no ${String(schema.attributes['logicalType'])} of a calendar.`)
    }
    const shifted = this.#late(args, next)
    return () => integerValue(schema, shifted())
  }

  /** Values of a counter or range, some of them set back where "late" says so. */
  #late (args: Annotations, next: () => number | bigint): () => number | bigint {
    return args.has('late') ? late(args, this.#random, next) : next
  }

  #float (args: Annotations): Make {
    const random = this.#random
    return args.has('range') ? floatRange(args, random) : () => random.nextFloat()
  }

  #double (args: Annotations): Make {
    const random = this.#random
    return args.has('range') ? doubleRange(args, random) : () => random.nextDouble()
  }

  #length (args: Annotations): () => number {
    const { min, max } = args.length()
    if (max - min > 100_000_000) throw args.problem('length', 'needs a "max", else values of up to 2 GB are drawn')
    const random = this.#random
    // Drawn even when there is only one length.
    return () => min + random.nextBelow(max - min)
  }

  #bytes (args: Annotations): Make {
    const random = this.#random
    const length = this.#length(args)
    return () => random.nextBytes(length())
  }

  #string (args: Annotations): () => string {
    const regex = args.text('regex')
    if (regex === null) return around(args, this.#anyText(this.#length(args)))
    args.excludes('regex', ['options', 'iteration', 'range'])
    const { min, max } = args.length()
    try {
      const text = new RegexText(regex, { random: this.#random, min, max: max - 1 })
      return around(args, () => text.next())
    } catch (error) {
      throw args.problem('regex', `is wrong: ${(error as Error).message}`)
    }
  }

  /** ASCII characters, those of control among them. */
  #anyText (length: () => number): () => string {
    const random = this.#random
    return () => {
      let text = ''
      for (let left = length(); left > 0; left--) text += String.fromCharCode(random.nextBelow(128))
      return text
    }
  }

  #decimal (schema: AvroSchema): Make {
    const { precision, scale = 0 } = schema.attributes
    if (typeof precision !== 'number' || !Number.isInteger(precision) || precision < 1) throw configError(`"${schema.path}" needs a "precision" of at least 1, for it is a decimal.`)
    if (typeof scale !== 'number' || !Number.isInteger(scale)) throw configError(`"scale" of "${schema.path}" must be a whole number.`)
    const random = this.#random
    const pieces = Math.ceil(precision / 15)
    const surplus = 10n ** BigInt(pieces * 15 - precision)
    return () => {
      let digits = 0n
      for (let i = 0; i < pieces; i++) digits = digits * 1_000_000_000_000_000n + BigInt(Math.trunc(random.nextDouble() * 1e15))
      digits /= surplus
      return new Decimal(random.nextBoolean() ? -digits : digits, scale)
    }
  }

  #array (schema: AvroSchema, args: Annotations): Make {
    const length = this.#length(args)
    const item = this.make(schema.inner!)
    return () => {
      const items: unknown[] = []
      for (let left = length(); left > 0; left--) items.push(item())
      return items
    }
  }

  #map (schema: AvroSchema, args: Annotations): Make {
    const length = this.#length(args)
    const key = this.#mapKey(args)
    const value = this.make(schema.inner!)
    return () => {
      const map: Record<string, unknown> = {}
      for (let left = length(); left > 0; left--) {
        const name = key()
        const item = value()
        // A key may be "__proto__", which an assignment would not store.
        if (name === '__proto__') Object.defineProperty(map, name, { value: item, enumerable: true, configurable: true, writable: true })
        else map[name] = item
      }
      return map
    }
  }

  #mapKey (args: Annotations): () => string {
    if (!args.has('keys')) return this.#anyText(() => 1)
    const keys = args.part('keys')
    if (!keys.has('options')) return this.#string(keys)
    keys.excludes('options', ['length', 'regex', 'iteration', 'range'])
    const options = keys.get('options')
    const text: AvroSchema = { type: 'string', path: '', fullName: null, doc: null, attributes: {}, fields: [], symbols: [], size: 0, inner: null, branches: [] }
    const values = readOptions(text, options, { what: keys.named('options'), folder: this.#folder }) as readonly string[]
    const index = indexOf(keys, this.#random, values.length)
    return () => values[index()]!
  }

  #record (schema: AvroSchema): Make {
    const makes = schema.fields.map(field => this.make(field.schema))
    const names = makes.map((_make, i) => `make${i}`)
    // A plain "__proto__" would set the prototype.
    const members = schema.fields.map(({ name }, i) => `${name === '__proto__' ? '["__proto__"]' : name}: make${i}()`)
    // An object literal made once per schema gives all records one shape; writing fields in a loop is several times slower. Only names that
    // the schema parser let through, letters, digits and underscores, get into the text.
    // oxlint-disable-next-line typescript/no-implied-eval
    return (new Function(...names, `return () => ({ ${members.join(', ')} })`) as (...makes: Make[]) => Make)(...makes)
  }

  #union (schema: AvroSchema): Make {
    const makes = schema.branches.map(branch => {
      const make = this.make(branch)
      const isPlain = wrapBranch(schema, branch, make) === make
      return isPlain ? make : (): unknown => wrapBranch(schema, branch, make())
    })
    const index = this.#branchIndex(schema)
    return () => makes[index()]!()
  }

  /** Branches are drawn evenly, unless one has a "weight"; those without count 1. */
  #branchIndex ({ branches }: AvroSchema): () => number {
    const random = this.#random
    const parts = branches.map(branch => Annotations.of(branch))
    if (!parts.some(part => part.has('weight'))) return () => random.nextBelow(branches.length)
    const weights = parts.map(part => part.number('weight') ?? 1)
    const wrong = weights.findIndex(weight => !(weight >= 0 && weight < Infinity))
    if (wrong !== -1 || !weights.some(weight => weight > 0)) throw parts[Math.max(0, wrong)]!.problem('weight', 'must be 0 or more, and not 0 for every branch')
    return weightedIndex(random, weights)
  }
}

function missing (args: Annotations): never {
  throw args.problem('iteration', 'needs a "start"')
}

/** With "prefix" and "suffix". */
function around (args: Annotations, text: () => string): () => string {
  const [prefix, suffix] = [args.text('prefix') ?? '', args.text('suffix') ?? '']
  return prefix === '' && suffix === '' ? text : () => prefix + text() + suffix
}

/** Annotations that nothing reads, as sentences for a warning. */
export function unknownAnnotations (schema: AvroSchema): string[] {
  const inner = [...schema.fields.map(field => field.schema), ...schema.branches, ...(schema.inner === null ? [] : [schema.inner])]
  const own = isObject(schema.attributes['arg.properties']) ? Annotations.of(schema).unknownNames() : []
  return [...own.map(name => `"${name}" in "arg.properties" of "${schema.path}" has no effect.`), ...inner.flatMap(unknownAnnotations)]
}
