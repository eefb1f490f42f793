import { configError } from '@tributary/plugin'

/** What an option takes: nothing (false where it is missing), true or false, a text, or a whole number. */
export interface OptionRule { readonly type: 'flag' | 'boolean' | 'text' | 'number', readonly min?: number, readonly many?: boolean }

type Value<R extends OptionRule> = R['many'] extends true ? string[] : R['type'] extends 'flag' ? boolean : (R['type'] extends 'boolean' ? boolean : R['type'] extends 'text' ? string : number) | undefined

export type Options<R extends Readonly<Record<string, OptionRule>>> = { readonly [K in keyof R]: Value<R[K]> }

const isBoolean = /^(true|false)$/i

function flag (name: string, text: string): boolean {
  if (!isBoolean.test(text)) throw configError(`--${name} must be true or false, not "${text}".`)
  return text.toLowerCase() === 'true'
}

function wholeNumber (name: string, text: string, min: number): number {
  if (!/^\d{1,12}$/.test(text) || Number(text) < min) throw configError(`--${name} must be a whole number from ${min}, not "${text}".`)
  return Number(text)
}

/**
 * Reads options as s3-dist-cp does: `--name=value` or `--name value`, flags alone too. Returns them with what is no option.
 * Throws a ConnectError for what it does not know; a value that stands alone in quotes is part of the option before it.
 */
export function parseOptions<const R extends Readonly<Record<string, OptionRule>>> (args: readonly string[], rules: R): { options: Options<R>, rest: string[] } {
  const values = new Map<string, string[]>()
  const rest: string[] = []
  for (let i = 0; i < args.length; i++) {
    const argument = args[i]!
    if (!argument.startsWith('--')) {
      rest.push(argument)
      continue
    }
    const [, name = '', given] = /^--([^=]*)(?:=([^]*))?$/.exec(argument) ?? []
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (rule === undefined) throw configError(`Unknown option --${name}. The options are ${Object.keys(rules).map(known => `--${known}`).join(', ')}.`)
    const value = given ?? (rule.type === 'flag' && !isBoolean.test(args[i + 1] ?? '') ? 'true' : args[++i])
    if (value === undefined) throw configError(`--${name} needs a value.`)
    const before = values.get(name) ?? []
    if (before.length > 0 && rule.many !== true) throw configError(`--${name} is given twice.`)
    values.set(name, [...before, value])
  }
  const options = Object.fromEntries(Object.entries(rules).map(([name, rule]) => {
    const texts = values.get(name) ?? []
    if (rule.many === true) return [name, texts]
    const [text] = texts
    if (rule.type === 'flag') return [name, text !== undefined && flag(name, text)]
    if (rule.type === 'boolean') return [name, text === undefined ? undefined : flag(name, text)]
    return [name, text === undefined || rule.type === 'text' ? text : wholeNumber(name, text, rule.min ?? 0)]
  }))
  return { options: options as Options<R>, rest }
}
