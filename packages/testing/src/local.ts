import { randomBytes } from 'node:crypto'

function fromEnvironment (name: string, what: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`${name} is not set. Run "npm test", which starts ${what}, or set it to one of your own.`)
  return value
}

/** Bootstrap servers of the Kafka that tests use (`TRIBUTARY_KAFKA`). */
export function kafkaBootstrap (): string {
  return fromEnvironment('TRIBUTARY_KAFKA', 'a Kafka broker')
}

/** URL of the local AWS that tests use (`TRIBUTARY_AWS`). */
export function awsEndpoint (): string {
  return fromEnvironment('TRIBUTARY_AWS', 'a local AWS')
}

/** A name for a topic, stream, table or bucket that no other test has. */
export function uniqueName (prefix: string): string {
  return `${prefix}-${randomBytes(5).toString('hex')}`
}
