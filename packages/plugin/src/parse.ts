import type { ConfigKey, ConfigKeys, ConfigObject, ConfigType, Infer, RawConfig } from './config.ts'
import { Password } from './config.ts'
import type { ConfigProblem } from './context.ts'
import { ConnectError } from './errors.ts'
import { asciiDigits, doubleText, trimJava } from './java-text.ts'
import type { Validator } from './validators.ts'
import { invalidValue, shown, validators } from './validators.ts'

/** What parsing may ask of its surroundings. */
export interface ParseOptions {
  /** Whether a CLASS value names something that can be loaded. Without it every name is taken. */
  classExists? (name: string, key: string): boolean
}

/** A key's value, or why it has none. LONG is a bigint here, so that messages show it exactly. */
interface Parsed { value: unknown, problem: string | null }

const integerBounds = {
  SHORT: [-(2n ** 15n), 2n ** 15n - 1n],
  INT: [-(2n ** 31n), 2n ** 31n - 1n],
  LONG: [-(2n ** 63n), 2n ** 63n - 1n]
} as const
const javaDouble = /^[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?)$/
const javaHexDouble = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)[fFdD]?$/
// Java's \s, which unlike JavaScript's knows ASCII only.
const commaWithBlanks = /[ \t\n\v\f\r]*,[ \t\n\v\f\r]*/

function parseInteger (given: string, type: keyof typeof integerBounds): bigint | null {
  const text = asciiDigits(given)
  if (!/^[+-]?\d+$/.test(text)) return null
  const number = BigInt(text.replace('+', ''))
  const [min, max] = integerBounds[type]
  return number >= min && number <= max ? number : null
}

function parseDouble (text: string): number | null {
  if (javaDouble.test(text)) return Number(text.replace(/[fFdD]$/, '').replace(/^([+-]?)NaN$/, 'NaN'))
  const [, sign, whole = '', fraction = '', exponent] = javaHexDouble.exec(text) ?? []
  if (exponent === undefined || whole + fraction === '') return null
  return (sign === '-' ? -1 : 1) * Number(BigInt(`0x${whole}${fraction}`)) * 2 ** (Number(exponent) - 4 * fraction.length)
}

/** Comma separated text as a list; absent or blank text is the empty one. */
export function trimmedList (text: string | null | undefined): string[] {
  const trimmed = trimJava(text ?? '')
  return trimmed === '' ? [] : trimmed.split(commaWithBlanks)
}

/**
 * Turns the text of a key into its value as Java's `ConfigDef.parseType` does; null stays null. The problem, if any, is Java's message.
 */
function parseText (name: string, text: string | null, type: ConfigType, options: ParseOptions): Parsed {
  if (text === null) return { value: null, problem: null }
  const trimmed = trimJava(text)
  const refuse = (reason: string): Parsed => ({ value: null, problem: invalidValue(name, text, reason) })
  switch (type) {
    case 'BOOLEAN': {
      const word = trimmed.toLowerCase()
      return word === 'true' || word === 'false' ? { value: word === 'true', problem: null } : refuse('Expected value to be either true or false')
    }
    case 'SHORT': case 'INT': case 'LONG': {
      const number = parseInteger(trimmed, type)
      if (number === null) return refuse(`Not a number of type ${type}`)
      return { value: type === 'LONG' ? number : Number(number), problem: null }
    }
    case 'DOUBLE': {
      const number = parseDouble(trimmed)
      return number === null ? refuse('Not a number of type DOUBLE') : { value: number, problem: null }
    }
    case 'LIST': return { value: trimmedList(text), problem: null }
    case 'CLASS': return options.classExists?.(trimmed, name) ?? true ? { value: trimmed, problem: null } : refuse(`Class ${text} could not be found.`)
    case 'PASSWORD': return { value: new Password(trimmed), problem: null }
    case 'STRING': return { value: trimmed, problem: null }
  }
}

/** The rules that follow from how a key is declared. They let null pass, since `default: null` declares that a key may be absent. */
function declaredRules (key: ConfigKey): Validator[] {
  const rules: Validator[] = []
  if (key.min != null || key.max != null) {
    rules.push(key.max == null ? validators.atLeast(key.min!) : key.min == null ? validators.atMost(key.max) : validators.between(key.min, key.max))
  }
  if (key.type === 'LIST') {
    if (key.oneOf !== undefined) rules.push(validators.listOf(key.oneOf))
    if (key.nonEmpty === true) rules.push(validators.distinctList({ emptyAllowed: false, nullAllowed: true }))
    return rules
  }
  if (key.oneOf !== undefined) rules.push(key.ignoreCase === true ? validators.oneOfIgnoreCase(key.oneOf) : validators.oneOf(key.oneOf))
  if (key.nonEmpty === true) rules.push(validators.nonEmpty())
  return rules
}

/** The allowed values of a key in words, for docs; empty where anything goes. */
export function allowedValues (key: ConfigKey): string {
  return key.allowed ?? [...key.validator === undefined ? [] : [key.validator], ...declaredRules(key)].map(rule => rule.allowed).filter(words => words !== '').join(', ')
}

/** Everything that a key's declaration demands of a value, as one rule. */
export function ruleOf (key: ConfigKey): Validator {
  return { allowed: allowedValues(key), check: (name, value) => refusal(name, key, value) }
}

function refusal (name: string, key: ConfigKey, value: unknown): string | null {
  const problem = key.validator?.check(name, value, key.type) ?? null
  if (problem !== null || value === null) return problem
  for (const rule of declaredRules(key)) {
    const broken = rule.check(name, value, key.type)
    if (broken !== null) return broken
  }
  const reason = key.check?.(finished(key, value), name) ?? null
  return reason === null ? null : invalidValue(name, value, reason, key.type)
}

/** The value as plugins see it. */
function finished (key: ConfigKey, value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (key.ignoreCase === true && typeof value === 'string') return key.oneOf?.find(word => word.toUpperCase() === value.toUpperCase()) ?? value
  return value
}

/** Whether a key may be left out. */
export function hasDefault (key: ConfigKey): boolean { return key.default !== undefined }

/** The text given for a key under its name or an alias; undefined where there is none. The documented name wins. */
function textOf (name: string, key: ConfigKey, raw: RawConfig): string | null | undefined {
  if (Object.hasOwn(raw, name)) return raw[name]
  const alias = key.aliases?.find(other => Object.hasOwn(raw, other))
  return alias === undefined ? undefined : raw[alias]
}

function read (name: string, key: ConfigKey, raw: RawConfig, options: ParseOptions): Parsed {
  const text = textOf(name, key, raw)
  if (text !== undefined) return parseText(name, text, key.type, options)
  if (!hasDefault(key)) return { value: null, problem: `Missing required configuration "${name}" which has no default value.` }
  return { value: key.default ?? null, problem: null }
}

/** What REST `validate` says of one key. */
export interface KeyReport {
  /** The parsed value or default; null when it could not be parsed. */
  value: unknown
  errors: string[]
}

/** Checks one key as Java's `ConfigDef.validate` does: the rules are asked even where the text could not be parsed, with null. */
export function validateKey (name: string, key: ConfigKey, raw: RawConfig, options: ParseOptions = {}): KeyReport {
  const { value, problem } = read(name, key, raw, options)
  const broken = refusal(name, key, value)
  return { value: typeof value === 'bigint' ? Number(value) : value, errors: [problem, broken].filter(text => text !== null) }
}

/** Checks every key as Java's `ConfigDef.validate` does. */
export function validateConfig (object: ConfigObject, raw: RawConfig, options: ParseOptions = {}): Map<string, KeyReport> {
  return new Map(Object.entries(object.keys).map(([name, key]) => [name, validateKey(name, key, raw, options)]))
}

/** Parses one key as Java's `ConfigDef.parse` does; a list that may hold no duplicates loses them. */
function parseKey (name: string, key: ConfigKey, raw: RawConfig, options: ParseOptions): Parsed {
  const { value, problem } = read(name, key, raw, options)
  if (problem !== null) return { value: null, problem }
  const kept = Array.isArray(value) && (key.validator?.dropsDuplicates === true || declaredRules(key).some(rule => rule.dropsDuplicates === true)) ? [...new Set(value)] : value
  const broken = refusal(name, key, kept)
  return broken === null ? { value: finished(key, kept), problem: null } : { value: null, problem: broken }
}

/**
 * Parses a configuration as Java's `ConfigDef.parse` does, but names every wrong key instead of the first. `value` may be used only when there
 * are no problems. Messages are Java's.
 */
export function parseConfig<K extends ConfigKeys> (object: ConfigObject<K>, raw: RawConfig, options: ParseOptions = {}): { value: Infer<ConfigObject<K>>, problems: ConfigProblem[] } {
  const value: Record<string, unknown> = {}
  const problems: ConfigProblem[] = []
  for (const [name, key] of Object.entries(object.keys)) {
    const parsed = parseKey(name, key, raw, options)
    value[name] = parsed.value
    if (parsed.problem !== null) problems.push({ key: name, message: parsed.problem })
  }
  return { value: value as Infer<ConfigObject<K>>, problems }
}

/** One error that lists problems, a line each. */
export function problemsError (problems: readonly ConfigProblem[]): ConnectError {
  return new ConnectError('CONFIG', 'config', problems.map(problem => problem.message).join('\n'), { javaClass: 'org.apache.kafka.common.config.ConfigException' })
}

/** The parsed configuration. Throws one ConnectError of kind `config` that lists all problems, a line each. */
export function configOf<K extends ConfigKeys> (object: ConfigObject<K>, raw: RawConfig, options: ParseOptions = {}): Infer<ConfigObject<K>> {
  const { value, problems } = parseConfig(object, raw, options)
  if (problems.length > 0) throw problemsError(problems)
  return value
}

/** A copy in which the values of PASSWORD keys, under any of their names, read `[hidden]`; for logs and answers. */
export function redact (object: ConfigObject, raw: RawConfig): RawConfig {
  const secret = new Set(Object.entries(object.keys).flatMap(([name, key]) => key.type === 'PASSWORD' ? [name, ...key.aliases ?? []] : []))
  return Object.fromEntries(Object.entries(raw).map(([name, text]) => [name, secret.has(name) ? '[hidden]' : text]))
}

/** A parsed value as text, as REST `validate` shows it: lists joined by commas, secrets hidden, null for null. */
export function configText (value: unknown, type: ConfigType): string | null {
  if (value === null || value === undefined) return null
  if (Array.isArray(value)) return value.join(',')
  return type === 'DOUBLE' ? doubleText(Number(value)) : shown(value, type)
}
