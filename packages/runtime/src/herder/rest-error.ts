const kRestError = Symbol.for('tributary.rest.error')

/** An answer with a status >= 400. `forwardTo`: the URL of the worker that can do it, for the REST layer to forward to. */
export class RestError extends Error {
  readonly status: number
  readonly forwardTo: string | undefined
  readonly [kRestError] = true

  constructor (status: number, message: string, options?: ErrorOptions & { forwardTo?: string }) {
    super(message, options)
    this.name = 'RestError'
    this.status = status
    this.forwardTo = options?.forwardTo
  }

  static override [Symbol.hasInstance] (value: unknown): boolean {
    return typeof value === 'object' && value !== null && kRestError in value
  }
}
