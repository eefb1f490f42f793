import { ConnectError, type ErrorKind } from '@tributary/plugin'

/** An error as plain data, to cross from one thread to another. */
export interface Thrown {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  /** Of a ConnectError; null for others. */
  readonly connect: { readonly code: string, readonly kind: ErrorKind, readonly javaClass: string | undefined } | null
  readonly cause: Thrown | null
}

const deepest = 8

export function toThrown (error: unknown, depth = 0): Thrown {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: undefined, connect: null, cause: null }
  const { name, message, stack, cause } = error
  return {
    name, message, stack,
    connect: error instanceof ConnectError ? { code: error.code, kind: error.kind, javaClass: error.javaClass } : null,
    cause: cause === undefined || cause === null || depth === deepest ? null : toThrown(cause, depth + 1)
  }
}

/** The error again, with the place where it was thrown. */
export function fromThrown ({ name, message, stack, connect, cause }: Thrown): Error {
  const options = cause === null ? {} : { cause: fromThrown(cause) }
  const error = connect === null
    ? new Error(message, options)
    : new ConnectError(connect.code, connect.kind, message, { ...options, ...connect.javaClass === undefined ? {} : { javaClass: connect.javaClass } })
  if (connect === null) error.name = name
  if (stack !== undefined) error.stack = stack
  return error
}
