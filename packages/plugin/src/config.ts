import type { Validator } from './validators.ts'

/** Java's `ConfigDef.Type`; REST `validate` shows these words. */
export type ConfigType = 'BOOLEAN' | 'STRING' | 'INT' | 'SHORT' | 'LONG' | 'DOUBLE' | 'LIST' | 'CLASS' | 'PASSWORD'
export type Importance = 'HIGH' | 'MEDIUM' | 'LOW'
export type Width = 'NONE' | 'SHORT' | 'MEDIUM' | 'LONG'

/** A configuration as it stands in a file or a REST request: text by key. */
export type RawConfig = Readonly<Record<string, string>>

/** What is said of a key besides its type. Everything but `description` has a default. */
export interface KeyOptions<T> {
  /** What the key does, with its unit; shown in the docs page and in REST `validate`. */
  description: string
  /** Value when the key is absent. Left out: the key is required. null: may be absent. */
  default?: T | null
  importance?: Importance
  group?: string
  orderInGroup?: number
  width?: Width
  displayName?: string
  dependents?: readonly string[]
  /** Other names of the key; the documented name wins. A warning names the one to use. */
  aliases?: readonly string[]
  /** Values to offer in REST `validate` and in forms. */
  recommend? (config: RawConfig): readonly T[]
  /** A sentence on why the value is refused, or null. `describe` in the docs is `allowed`. */
  check? (value: T, key: string): string | null
  /** For STRING: names a file to read. A relative path that leads nowhere from the working directory is sought beside the file of the connector. */
  namesFile?: boolean
  /** The allowed values in words, for the docs, such as `[1,...]`. */
  allowed?: string
  /** One of Kafka's rules (`validators`), where its exact behaviour is needed, with null and duplicates too. */
  validator?: Validator
}

/** A declared key; made by {@link t}. */
export interface ConfigKey<T = unknown> extends KeyOptions<T> {
  readonly type: ConfigType
  /** For INT, SHORT, LONG, DOUBLE: inclusive bounds, null where open. */
  readonly min?: number | bigint | null
  readonly max?: number | bigint | null
  /** For STRING and LIST: the allowed words. */
  readonly oneOf?: readonly string[]
  /** For STRING: case does not count in `oneOf`. */
  readonly ignoreCase?: boolean
  /** For STRING and LIST: may not be empty. */
  readonly nonEmpty?: boolean
  /** Only for types. */
  readonly _value?: T
}

/** A secret. Prints as `[hidden]` everywhere; {@link Password.value} is the secret itself. */
export class Password {
  readonly #value: string

  constructor (value: string) { this.#value = value }

  get value (): string { return this.#value }

  toString (): string { return '[hidden]' }

  toJSON (): string { return '[hidden]' }

  [Symbol.for('nodejs.util.inspect.custom')] (): string { return '[hidden]' }
}

export type ConfigKeys = Readonly<Record<string, ConfigKey>>

/** A set of declared keys: the one source of types, defaults, validation, REST `validate`, docs page and form. */
export interface ConfigObject<K extends ConfigKeys = ConfigKeys> {
  readonly keys: K
}

/** The parsed configuration that a {@link ConfigObject} gives. */
export type Infer<O> = O extends ConfigObject<infer K> ? { readonly [P in keyof K]: K[P] extends ConfigKey<infer T> ? T : never } : never

type Key<T, O> = O extends { default: null } ? ConfigKey<T | null> : ConfigKey<T>

function key<T> (type: ConfigType, options: object): ConfigKey<T> {
  return { importance: 'MEDIUM', ...options, type } as ConfigKey<T>
}


/** Declares configuration keys. Values arrive as text and are parsed as Java's `ConfigDef.parseType` does. */
export const t = {
  string: <const O extends KeyOptions<string> & { nonEmpty?: boolean }>(options: O): Key<string, O> => key('STRING', options) as Key<string, O>,
  /** One of some words; `ignoreCase: true` accepts any case and gives the declared one. */
  enum: <const W extends readonly string[], const O extends KeyOptions<W[number]> & { ignoreCase?: boolean }>(words: W, options: O): Key<W[number], O> =>
    key('STRING', { ...options, oneOf: words }) as Key<W[number], O>,
  boolean: <const O extends KeyOptions<boolean>>(options: O): Key<boolean, O> => key('BOOLEAN', options) as Key<boolean, O>,
  int: <const O extends KeyOptions<number> & { min?: number, max?: number }>(options: O): Key<number, O> => key('INT', options) as Key<number, O>,
  short: <const O extends KeyOptions<number> & { min?: number, max?: number }>(options: O): Key<number, O> => key('SHORT', options) as Key<number, O>,
  /** A 64-bit integer as a number; beyond 2^53 it is rounded, which matters to no time, size or count. */
  long: <const O extends KeyOptions<number> & { min?: number, max?: number }>(options: O): Key<number, O> => key('LONG', options) as Key<number, O>,
  double: <const O extends KeyOptions<number> & { min?: number, max?: number }>(options: O): Key<number, O> => key('DOUBLE', options) as Key<number, O>,
  /** Comma separated text. */
  list: <const O extends KeyOptions<readonly string[]> & { oneOf?: readonly string[], nonEmpty?: boolean }>(options: O): Key<readonly string[], O> =>
    key('LIST', options) as Key<readonly string[], O>,
  /** The name of a plugin: Java class name, alias or package name. */
  class: <const O extends KeyOptions<string>>(options: O): Key<string, O> => key('CLASS', options) as Key<string, O>,
  /** A secret; hidden in logs, REST answers, errors and metrics. */
  password: <const O extends KeyOptions<Password>>(options: O): Key<Password, O> => key('PASSWORD', options) as Key<Password, O>,
  object: <const K extends ConfigKeys>(keys: K): ConfigObject<K> => ({ keys })
} as const
