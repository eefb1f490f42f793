import { ConnectError } from '@tributary/plugin'

/** The class name a Kafka Connect user knows for an error. */
export function javaClassOf (error: unknown): string {
  if (error instanceof ConnectError && error.javaClass !== undefined) return error.javaClass
  return error instanceof Error ? 'org.apache.kafka.connect.errors.ConnectException' : 'java.lang.Throwable'
}

/** The message of whatever was thrown. */
export function messageOf (error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function frames (error: Error): string {
  const stack = error.stack ?? ''
  const first = stack.indexOf('\n    at ')
  return first === -1 ? '' : stack.slice(first).replaceAll('\n    at ', '\n\tat ')
}

/** The stack trace of an error with its causes, laid out as Java prints it. Goes into statuses and dead letters. */
export function traceOf (error: unknown): string {
  let text = ''
  const seen = new Set<unknown>()
  for (let current = error; current !== undefined && current !== null && !seen.has(current); current = current instanceof Error ? current.cause : undefined) {
    text += `${text === '' ? '' : '\nCaused by: '}${javaClassOf(current)}: ${messageOf(current)}${current instanceof Error ? frames(current) : ''}`
    seen.add(current)
  }
  return text
}
