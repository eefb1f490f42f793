import type { SchemaAndValue } from './converter.ts'
import { dataError } from './errors.ts'
import { decimalToNumber, parseDecimal } from './java-number-text.ts'
import { trimJava } from './java-text.ts'
import { javaText } from './java-value-text.ts'
import { schema as make } from './schema.ts'
import type { Schema, SchemaType } from './schema.ts'
import { sameSchema } from './schema-equality.ts'
import { settled } from './typed-value.ts'
import { convertTo } from './value-conversion.ts'
import { parseTemporal } from './value-dates.ts'
import { ValueTokens } from './value-tokens.ts'
import { TypedNumber } from './values.ts'
import type { Decimal } from './values.ts'

const string = make.of('string')
const boolean = make.of('boolean')
const numberSchemas = { int8: make.of('int8'), int16: make.of('int16'), int32: make.of('int32'), int64: make.of('int64'), float32: make.of('float32'), float64: make.of('float64') }
const numberOrder: readonly SchemaType[] = ['int8', 'int16', 'int32', 'int64', 'float32', 'float64']
/** Nesting at which text is taken for text; a parser that calls itself must end somewhere. */
const maxDepth = 500

/**
 * Guesses the schema and value of a text (Java's `Values.parseString`): `1` is an INT8, `[1,2]` an ARRAY, `2019-08-23` a Date, anything else a
 * STRING. As in Java, what follows a number is lost: `1,2` is 1.
 */
export function parseValue (text: string): SchemaAndValue {
  const { schema, value } = parseTyped(text)
  return { schema, value: settled(value, schema) }
}

/** The same with a type beside every number. */
export function parseTyped (text: string): SchemaAndValue {
  if (text === '') return { schema: string, value: text }
  return new ValueParser(text).parse(false) ?? { schema: null, value: null }
}

/** A schema for values of both; null if there is none. */
function commonSchema (previous: Schema, next: Schema): Schema | null {
  if (previous.type !== next.type) {
    const [a, b] = [numberOrder.indexOf(previous.type), numberOrder.indexOf(next.type)]
    return a === -1 || b === -1 ? null : a > b ? previous : next
  }
  if (previous.optional === next.optional) return previous.optional ? previous : next
  return sameSchema(previous, next) ? previous : null
}

/** Finds the schema common to values met one by one. */
class CommonSchema {
  /** null: none met yet, or none fits all. */
  schema: Schema | null = null
  #fits = true

  add (latest: SchemaAndValue | null): void {
    if (latest === null || latest.schema === null || !this.#fits) return
    this.schema = this.schema === null ? latest.schema : commonSchema(this.schema, latest.schema)
    this.#fits = this.schema !== null
  }
}

/** An integer of up to 64 bits as the smallest type that holds it; null for other numbers. */
function wholeNumber (decimal: Decimal): SchemaAndValue | null {
  // Java takes no number between 0 and 1, nor one past 10^19, for an integer; scales beyond that are not worth writing out.
  if (decimal.scale > 1000 + decimal.unscaled.toString().length || decimal.scale < -20) return decimal.unscaled === 0n ? { schema: numberSchemas.int8, value: new TypedNumber('int8', 0) } : null
  const unit = 10n ** BigInt(Math.abs(decimal.scale))
  if (decimal.scale > 0 && decimal.unscaled % unit !== 0n) return null
  const integer = decimal.scale > 0 ? decimal.unscaled / unit : decimal.unscaled * unit
  if (BigInt.asIntN(64, integer) !== integer) return null
  for (const [type, bits] of [['int8', 8], ['int16', 16], ['int32', 32]] as const) {
    if (BigInt.asIntN(bits, integer) === integer) return { schema: numberSchemas[type], value: new TypedNumber(type, Number(integer)) }
  }
  return { schema: numberSchemas.int64, value: integer }
}

/** The number of a token; null if it is none. */
function parseNumber (token: string): SchemaAndValue | null {
  const decimal = parseDecimal(token)
  if (decimal === null) return null
  const whole = wholeNumber(decimal)
  if (whole !== null) return whole
  const double = decimalToNumber(decimal)
  if (decimal.scale !== 0 && Number.isFinite(Math.fround(double))) return { schema: numberSchemas.float32, value: new TypedNumber('float32', Math.fround(double)) }
  if (decimal.scale !== 0 && Number.isFinite(double)) return { schema: numberSchemas.float64, value: new TypedNumber('float64', double) }
  return { schema: make.decimal(decimal.scale), value: decimal }
}

class ValueParser {
  readonly #tokens: ValueTokens
  #depth = 0

  constructor (text: string) { this.#tokens = new ValueTokens(text) }

  /** null stands for null. `isInside`: within a list or map. */
  parse (isInside: boolean): SchemaAndValue | null {
    const tokens = this.#tokens
    if (!tokens.hasNext()) return null
    if (isInside && tokens.takes('"')) return this.#quoted()
    if (this.#takesAlone(isInside, 'null')) return null
    if (this.#takesAlone(isInside, 'true')) return { schema: boolean, value: true }
    if (this.#takesAlone(isInside, 'false')) return { schema: boolean, value: false }
    const container = this.#container()
    if (container !== null) return container
    // Blanks before the token were passed over.
    const token = tokens.next()
    return trimJava(token) === '' ? { schema: string, value: token } : this.#scalar(isInside, trimJava(token))
  }

  /** A word that, at the top, must be the whole text. */
  #takesAlone (isInside: boolean, word: string): boolean {
    const start = this.#tokens.mark()
    if (this.#tokens.takes(word) && (isInside || !this.#tokens.hasNext())) return true
    this.#tokens.rewind(start)
    return false
  }

  /** A list or map; null if there is none, or a broken one, which is then text. */
  #container (): SchemaAndValue | null {
    if (this.#depth >= maxDepth) return null
    const start = this.#tokens.mark()
    this.#depth++
    try {
      if (this.#tokens.takes('[')) return this.#array()
      return this.#tokens.takes('{') ? this.#map() : null
    } catch (error) {
      if ((error as { kind?: unknown }).kind !== 'data') throw error
      this.#tokens.rewind(start)
      return null
    } finally {
      this.#depth--
    }
  }

  #scalar (isInside: boolean, token: string): SchemaAndValue {
    const isDigit = /^\d/.test(token)
    const found = (isDigit ? this.#temporal(token) : null) ?? (isDigit || /^[+-]/.test(token) ? parseNumber(token) : null)
    if (found !== null) return found
    if (isInside) throw dataError('Failed to parse embedded value')
    return { schema: string, value: this.#tokens.text }
  }

  /** Colons cut a time into five tokens. */
  #temporal (token: string): SchemaAndValue | null {
    const start = this.#tokens.mark()
    const rest = this.#tokens.nextText(4)
    const long = rest === null ? null : parseTemporal(token + rest)
    if (long !== null) return long
    this.#tokens.rewind(start)
    return parseTemporal(token)
  }

  #quoted (): SchemaAndValue {
    let text = ''
    while (this.#tokens.hasNext() && !this.#tokens.takes('"')) text += this.#tokens.next()
    return parseTemporal(text) ?? { schema: string, value: text }
  }

  #array (): SchemaAndValue {
    const tokens = this.#tokens
    const items: unknown[] = []
    const common = new CommonSchema()
    while (tokens.hasNext()) {
      if (tokens.takes(']')) {
        const schema = make.array(common.schema!)
        return { schema, value: common.schema === null ? items : items.map(item => convertTo(common.schema!, null, item)) }
      }
      if (tokens.takes(',')) throw dataError('Unable to parse an empty array element')
      const item = this.parse(true)
      common.add(item)
      items.push(item?.value ?? null)
      const mark = tokens.mark()
      if (tokens.takes(']')) tokens.rewind(mark)
      else if (!tokens.takes(',')) throw dataError('Array elements missing \',\' delimiter')
    }
    throw dataError('Array is missing terminating \']\'')
  }

  #map (): SchemaAndValue {
    const tokens = this.#tokens
    // Keys that are equal in Java are one entry; their texts tell, with the type in front.
    const entries = new Map<string, [unknown, unknown]>()
    const keys = new CommonSchema()
    const values = new CommonSchema()
    while (tokens.hasNext()) {
      if (tokens.takes('}')) return mapOf([...entries.values()], keys.schema, values.schema)
      if (tokens.takes(',')) throw dataError('Unable to parse a map entry with no key or value')
      const key = this.parse(true)
      if (key === null || key.value === null) throw dataError('Map entry may not have a null key')
      if (!tokens.takes(':')) throw dataError('Map entry is missing \':\'')
      const value = this.parse(true)
      const name = `${key.schema?.type} ${javaText(key.value, key.schema)}`
      entries.set(name, [entries.get(name)?.[0] ?? key.value, value?.value ?? null])
      tokens.takes(',')
      keys.add(key)
      values.add(value)
    }
    throw dataError('Map is missing terminating \'}\'')
  }
}

function mapOf (entries: [unknown, unknown][], keys: Schema | null, values: Schema | null): SchemaAndValue {
  if (keys === null) return { schema: make.map(null as unknown as Schema, null as unknown as Schema), value: new Map(entries) }
  return {
    schema: make.map(keys, values!),
    value: new Map(entries.map(([key, value]) => [convertTo(keys, null, key), values === null ? value : convertTo(values, null, value)]))
  }
}
