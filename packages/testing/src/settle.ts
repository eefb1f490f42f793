/** Whether an error asks to call again when its promise has settled, as Pending of `@tributary/plugin` does. */
function isPending (error: unknown): error is { readonly promise: Promise<unknown> } {
  return typeof error === 'object' && error !== null && 'promise' in error && error.promise instanceof Promise
}

/** Calls a converter that may throw Pending again after each one, as the worker does. */
export async function settle<T> (call: () => T): Promise<T> {
  for (;;) {
    try {
      return call()
    } catch (error) {
      if (!isPending(error)) throw error
      await error.promise
    }
  }
}
