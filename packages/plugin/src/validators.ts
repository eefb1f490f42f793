import type { ConfigType } from './config.ts'
import { Password } from './config.ts'
import { doubleText, hashOrder } from './java-text.ts'

/** A rule on one value, as those of Kafka's `ConfigDef`; `check` returns the whole message, or null. `value` may be null. */
export interface Validator {
  check (key: string, value: unknown, type: ConfigType): string | null
  /** The allowed values in words, as Kafka's documentation prints them. */
  readonly allowed: string
  /** Duplicates in a list are dropped when a configuration is used, though refused when it is validated. */
  readonly dropsDuplicates?: boolean
}

/** A parsed value as Java prints it in messages; secrets are `[hidden]`. */
export function shown (value: unknown, type: ConfigType): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return `[${value.join(', ')}]`
  if (type === 'DOUBLE' && typeof value === 'number') return doubleText(value)
  if (type === 'PASSWORD' || value instanceof Password) return '[hidden]'
  return String(value as string | number | bigint | boolean)
}

/** Java's `ConfigException(key, value, reason)`. */
export function invalidValue (key: string, value: unknown, reason: string, type: ConfigType = 'STRING'): string {
  return `Invalid value ${shown(value, type)} for configuration ${key}: ${reason}`
}

function range (min: number | bigint | null, max: number | bigint | null, areDoubles = false): Validator {
  const text = (bound: number | bigint): string => typeof bound === 'number' && (areDoubles || !Number.isInteger(bound)) ? doubleText(bound) : String(bound)
  return {
    allowed: min === null ? (max === null ? '[...]' : `[...,${text(max)}]`) : `[${text(min)},...${max === null ? '' : `,${text(max)}`}]`,
    check (key, value, type) {
      if (value === null) return invalidValue(key, null, 'Value must be non-null', type)
      const number = Number(value)
      if (min !== null && number < Number(min)) return invalidValue(key, value, `Value must be at least ${text(min)}`, type)
      if (max !== null && number > Number(max)) return invalidValue(key, value, `Value must be no more than ${text(max)}`, type)
      return null
    }
  }
}

function list (words: readonly string[], emptyAllowed: boolean, nullAllowed: boolean): Validator {
  const allowed = words.length === 0 ? '' : `[${words.join(', ')}]`
  return {
    allowed,
    dropsDuplicates: true,
    check (key, value, type) {
      if (value === null) return nullAllowed ? null : `Configuration '${key}' values must not be null.`
      const items = value as readonly string[]
      if (!emptyAllowed && items.length === 0) {
        return `Configuration '${key}' must not be empty. Valid values include: ${allowed === '' ? 'any non-empty value' : allowed}`
      }
      if (new Set(items).size !== items.length) return `Configuration '${key}' values must not be duplicated.`
      for (const item of items) {
        if (item === '') return `Configuration '${key}' values must not be empty.`
        const problem = words.length === 0 ? null : validators.oneOf(words).check(key, item, type)
        if (problem !== null) return problem
      }
      return null
    }
  }
}

/** ISO control characters of a text, as code points in order. */
function controlCharacters (text: string): number[] {
  return Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)).filter(code => code < 32 || (code >= 127 && code < 160))
}

/** Kafka's validators, with its messages. */
export const validators = {
  atLeast: (min: number | bigint): Validator => range(min, null),
  atMost: (max: number | bigint): Validator => range(null, max),
  between: (min: number | bigint, max: number | bigint): Validator => range(min, max),
  /** The same, with bounds printed as Java's doubles: `1.0`. */
  betweenDoubles: (min: number, max: number): Validator => range(min, max, true),
  oneOf: (words: readonly string[]): Validator => ({
    allowed: `[${words.join(', ')}]`,
    check: (key, value, type) => words.includes(value as string) ? null : invalidValue(key, value, `String must be one of: ${words.join(', ')}`, type)
  }),
  oneOfIgnoreCase (words: readonly string[]): Validator {
    const upper = hashOrder(words.map(word => word.toUpperCase()))
    return {
      allowed: `(case insensitive) [${upper.join(', ')}]`,
      check: (key, value, type) => typeof value === 'string' && upper.includes(value.toUpperCase())
        ? null
        : invalidValue(key, value, `String must be one of (case insensitive): ${upper.join(', ')}`, type)
    }
  },
  /** Each item one of these words, none twice, none empty. */
  listOf: (words: readonly string[]): Validator => list(words, true, false),
  /** Any items, none twice, none empty. */
  distinctList: (options: { emptyAllowed: boolean, nullAllowed: boolean }): Validator => list([], options.emptyAllowed, options.nullAllowed),
  /** Not for lists that may be null. */
  listSize: (max: number): Validator => ({
    allowed: `List containing maximum of ${max} elements`,
    check: (key, value, type) => (value as readonly string[]).length > max ? invalidValue(key, value, `exceeds maximum list size of [${max}].`, type) : null
  }),
  nonNull: (): Validator => ({
    allowed: 'non-null string',
    check: (key, value, type) => value === null ? invalidValue(key, null, 'entry must be non null', type) : null
  }),
  nonEmpty: (): Validator => ({
    allowed: 'non-empty string',
    check: (key, value, type) => value === '' ? invalidValue(key, value, 'String must be non-empty', type) : null
  }),
  nonEmptyWithoutControl: (): Validator => ({
    allowed: 'non-empty string without ISO control characters',
    check (key, value, type) {
      if (value === null) return null
      if (value === '') return invalidValue(key, value, 'String may not be empty', type)
      const found = controlCharacters(value as string)
      if (found.length === 0) return null
      return invalidValue(key, value, `String may not contain control sequences but had the following ASCII chars: ${found.join(', ')}`, type)
    }
  }),
  /** All of them, first to last, until one refuses. */
  all: (...parts: readonly Validator[]): Validator => ({
    allowed: parts.map(part => part.allowed).join(', '),
    dropsDuplicates: false,
    check (key, value, type) {
      for (const part of parts) {
        const problem = part.check(key, value, type)
        if (problem !== null) return problem
      }
      return null
    }
  })
} as const
