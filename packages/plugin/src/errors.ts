/**
 * What the worker does with an error, chosen by whoever throws it.
 *
 * | kind | worker | REST |
 * |---|---|---|
 * | `config` | refuses to start, names every wrong key | 400 |
 * | `transient` | waits and tries again (Java's RetriableException) | - |
 * | `data` | follows `errors.tolerance`: dead letter, skip or fail | - |
 * | `system` | fails the task, keeps the trace in its status | 500 |
 */
export type ErrorKind = 'config' | 'transient' | 'data' | 'system'

const kConnectError = Symbol.for('tributary.connect.error')

/** The one error class of plugins and runtime. `message` is for people, `code` and `kind` are for programs. */
export class ConnectError extends Error {
  /** Stable name for programs, such as `KINESIS_STREAM_NOT_FOUND`. */
  readonly code: string
  readonly kind: ErrorKind
  /** Full name of the Java exception a Kafka Connect user would see here; shown in dead letter headers. */
  readonly javaClass: string | undefined
  readonly [kConnectError] = true

  constructor (code: string, kind: ErrorKind, message: string, options?: ErrorOptions & { javaClass?: string }) {
    super(message, options)
    this.name = 'ConnectError'
    this.code = code
    this.kind = kind
    this.javaClass = options?.javaClass
  }

  // A plugin may bring its own copy of this package, so the class alone cannot tell.
  static override [Symbol.hasInstance] (value: unknown): boolean {
    return typeof value === 'object' && value !== null && kConnectError in value
  }
}

/** A record that cannot be converted or transformed (Java's DataException). */
export function dataError (message: string, options?: ErrorOptions): ConnectError {
  return new ConnectError('DATA', 'data', message, { ...options, javaClass: 'org.apache.kafka.connect.errors.DataException' })
}

/** A wrong or missing configuration value (Java's ConfigException). */
export function configError (message: string, options?: ErrorOptions): ConnectError {
  return new ConnectError('CONFIG', 'config', message, { ...options, javaClass: 'org.apache.kafka.common.config.ConfigException' })
}

/** Something that may work when tried again (Java's RetriableException). */
export function retriableError (message: string, options?: ErrorOptions): ConnectError {
  return new ConnectError('RETRIABLE', 'transient', message, { ...options, javaClass: 'org.apache.kafka.connect.errors.RetriableException' })
}
