const filesAhead = 8
const bytesAhead = 8 * 1024 * 1024

/**
 * Reads inputs that are asked for in order, each once, and begins with the next ones before they are asked for: of small files the wait for
 * the first byte is most of the time. At most 8 files and 8 MiB are held.
 */
export function readAhead<I extends { readonly size: number }> (inputs: readonly I[], read: (input: I) => AsyncIterable<Buffer>): (input: I) => AsyncIterable<Buffer> {
  const begun = new Map<I, Promise<Buffer[]>>()
  const places = new Map(inputs.map((input, i) => [input, i]))
  let next = 0
  let held = 0
  const begin = (at: number): void => {
    next = Math.max(next, at + 1)
    for (; next < inputs.length && begun.size < filesAhead; next++) {
      const input = inputs[next]!
      if (held + input.size > bytesAhead) return
      held += input.size
      const body = Array.fromAsync(read(input))
      // Told when it is asked for.
      body.catch(() => {})
      begun.set(input, body)
    }
  }
  return async function * (input) {
    const body = begun.get(input)
    begun.delete(input)
    if (body === undefined) {
      begin(places.get(input) ?? inputs.length)
      yield * read(input)
      return
    }
    const pieces = await body
    held -= input.size
    begin(places.get(input) ?? inputs.length)
    yield * pieces
  }
}
