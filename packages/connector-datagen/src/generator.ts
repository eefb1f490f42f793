import { configError, Decimal } from '@tributary/plugin'
import { Annotations, isObject } from './annotations.ts'
import type { AvroSchema } from './avro-schema.ts'
import { logicalKind } from './connect-schema.ts'
import { decimalIteration, integerIteration, iterationProblem, type Count } from './iteration.ts'
import type { JavaRandom } from './java-random.ts'
import { integerValue, readOptions, wrapBranch } from './options.ts'
import { RegexText } from './regex/regex-text.ts'

/** Makes the next value; each call draws from the one source of all. */
export type Make = () => unknown

export interface GeneratorOptions {
  readonly random: JavaRandom
  /** Which record comes first: "iteration" annotations start there. */
  readonly count: Count
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
  /** A named type used twice is compiled once, since its counters are shared. */
  readonly #made = new Map<AvroSchema, Make>()

  constructor ({ random, count }: GeneratorOptions) {
    this.#random = random
    this.#count = count
  }

  make (schema: AvroSchema): Make {
    const made = this.#made.get(schema) ?? this.#compile(schema, Annotations.of(schema))
    this.#made.set(schema, made)
    return made
  }

  #compile (schema: AvroSchema, args: Annotations): Make {
    const random = this.#random
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
      case 'enum': return () => schema.symbols[random.nextBelow(schema.symbols.length)]
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
    const values = readOptions(schema, args.get('options'), args.named('options'))
    const random = this.#random
    return () => values[random.nextBelow(values.length)]
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
    return logicalKind(schema) === 'plain' ? next : () => integerValue(schema, next())
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
    const next = this.#intRange(args) ?? ((): number => random.nextInt())
    return this.#dated(schema, args, next)
  }

  #intRange (args: Annotations): (() => number) | null {
    if (!args.has('range')) return null
    const part = args.part('range')
    const min = Number(part.integer('min', 32) ?? -2147483648n)
    const max = Number(part.integer('max', 32) ?? 2147483647n)
    this.#ordered(min, max, args)
    const random = this.#random
    // The span overflows 32 bits when it is wide, as in Java; replay depends on it.
    const span = (max - min) | 0
    return () => (min + Math.trunc(random.nextDouble() * span)) | 0
  }

  #long (schema: AvroSchema, args: Annotations): Make {
    const random = this.#random
    const next = this.#longRange(args) ?? ((): number | bigint => random.nextLong())
    return this.#dated(schema, args, next)
  }

  #longRange (args: Annotations): (() => number | bigint) | null {
    if (!args.has('range')) return null
    const part = args.part('range')
    const min = part.integer('min', 64) ?? -(2n ** 63n)
    const max = part.integer('max', 64) ?? 2n ** 63n - 1n
    this.#ordered(min, max, args)
    const random = this.#random
    const span = Number(BigInt.asIntN(64, max - min))
    const low = Number(min)
    if (Number.isSafeInteger(low) && Number.isSafeInteger(Number(max)) && Number.isSafeInteger(span)) return () => low + Math.trunc(random.nextDouble() * span)
    return () => {
      const value = BigInt.asIntN(64, min + BigInt(Math.trunc(random.nextDouble() * span)))
      const number = Number(value)
      return Number.isSafeInteger(number) ? number : value
    }
  }

  #ordered (min: number | bigint, max: number | bigint, args: Annotations): void {
    if (min >= max) throw args.problem('range', 'needs a "min" less than "max"')
  }

  /** Dates and times as such; a range keeps them within what a date can be. */
  #dated (schema: AvroSchema, args: Annotations, next: () => number | bigint): Make {
    const kind = logicalKind(schema)
    if (kind === 'plain') return next
    if (kind !== 'time' && !args.has('range')) {
      throw configError(`"${schema.path}" needs a "range", "iteration" or "options": most numbers are no ${String(schema.attributes['logicalType'])} of a calendar.`)
    }
    return () => integerValue(schema, next())
  }

  #float (args: Annotations): Make {
    const random = this.#random
    if (!args.has('range')) return () => random.nextFloat()
    const [low, high] = this.#decimalRange(args, 3.4028234663852886e38)
    const [min, span] = [Math.fround(low), Math.fround(Math.fround(high) - Math.fround(low))]
    return () => Math.fround(min + Math.fround(random.nextFloat() * span))
  }

  #double (args: Annotations): Make {
    const random = this.#random
    if (!args.has('range')) return () => random.nextDouble()
    const [min, max] = this.#decimalRange(args, Number.MAX_VALUE)
    const span = max - min
    return () => min + random.nextDouble() * span
  }

  #decimalRange (args: Annotations, limit: number): [number, number] {
    const part = args.part('range')
    const [min, max] = [part.number('min') ?? -limit, part.number('max') ?? limit]
    if (min < -limit || max > limit) throw args.problem('range', `must lie within ${-limit} and ${limit}`)
    this.#ordered(min, max, args)
    return [min, max]
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
    const values = readOptions(text, options, keys.named('options')) as readonly string[]
    const random = this.#random
    return () => values[random.nextBelow(values.length)]!
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
    const random = this.#random
    return () => makes[random.nextBelow(makes.length)]!()
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
