import { ConnectError, type ErrorKind } from '@tributary/plugin'
import { errorCodes } from './kafkajs-parts.ts'

interface KafkaErrorCode { readonly name: string, readonly retriable: boolean, readonly message: string }

const newer: readonly (readonly [number, KafkaErrorCode])[] = [
  [6, { name: 'NOT_LEADER_OR_FOLLOWER', retriable: true, message: 'This broker is not the leader of the partition' }],
  [14, { name: 'COORDINATOR_LOAD_IN_PROGRESS', retriable: true, message: 'The coordinator is loading' }],
  [15, { name: 'COORDINATOR_NOT_AVAILABLE', retriable: true, message: 'The coordinator is not available' }],
  [16, { name: 'NOT_COORDINATOR', retriable: true, message: 'This broker is not the coordinator' }],
  [51, { name: 'CONCURRENT_TRANSACTIONS', retriable: true, message: 'The last transaction of this producer has not ended yet' }],
  [74, { name: 'FENCED_LEADER_EPOCH', retriable: true, message: 'The leader epoch is older than the broker\'s' }],
  [76, { name: 'UNKNOWN_LEADER_EPOCH', retriable: true, message: 'The leader epoch is newer than the broker\'s' }],
  [78, { name: 'OFFSET_NOT_AVAILABLE', retriable: true, message: 'The offset is not available yet' }],
  [89, { name: 'THROTTLING_QUOTA_EXCEEDED', retriable: true, message: 'The throttling quota was exceeded' }],
  [90, { name: 'PRODUCER_FENCED', retriable: false, message: 'A newer producer with the same transactional.id has fenced this one' }],
  [100, { name: 'UNKNOWN_TOPIC_ID', retriable: true, message: 'This broker does not know the topic id' }]
]
const known = new Map<number, KafkaErrorCode>(errorCodes.map(({ code, type, retriable, message }) => [code, { name: type, retriable, message: message.replace(/\.$/, '') }]))
for (const [code, error] of newer) known.set(code, error)

const authentication = new Set(['SASL_AUTHENTICATION_FAILED', 'UNSUPPORTED_SASL_MECHANISM', 'ILLEGAL_SASL_STATE'])

function kindOf (name: string, retriable: boolean): ErrorKind {
  if (retriable) return 'transient'
  if (authentication.has(name) || name.endsWith('AUTHORIZATION_FAILED') || name.startsWith('INVALID_TOPIC') || name === 'INVALID_CONFIG' || name === 'POLICY_VIOLATION') return 'config'
  if (name === 'MESSAGE_TOO_LARGE' || name === 'INVALID_RECORD' || name === 'RECORD_LIST_TOO_LARGE') return 'data'
  return 'system'
}

/** Kafka's name of an error code, such as `NOT_COORDINATOR`. */
export function errorName (code: number): string {
  return known.get(code)?.name ?? `ERROR_${code}`
}

/** An error a broker answered with. `doing` says what was tried: `Cannot create topic orders`. `detail` is the broker's own message. */
export function brokerError (code: number, doing: string, detail?: string | null): ConnectError {
  const error = known.get(code) ?? { name: `ERROR_${code}`, retriable: false, message: `Kafka's error code ${code}` }
  const said = detail === undefined || detail === null || detail === '' ? error.message : detail.replace(/\.$/, '')
  return new ConnectError(error.name, kindOf(error.name, error.retriable), `${doing}: ${said} (${error.name}).`)
}

/** Throws unless the code is 0. */
export function check (code: number, doing: string, detail?: string | null): void {
  if (code !== 0) throw brokerError(code, doing, detail)
}

/** May the same request succeed when sent again, to this broker or the next? */
export function isTransient (error: unknown): error is ConnectError {
  return error instanceof ConnectError && error.kind === 'transient'
}

/** Ends a text with a full stop, unless it ends with a mark already. */
export function sentence (text: string): string { return /[.?!]$/.test(text) ? text : `${text}.` }

/** A connection that was lost, or an answer that did not come. */
export function connectionError (broker: string, reason: string, options?: ErrorOptions): ConnectError {
  return new ConnectError('KAFKA_CONNECTION', 'transient', `Connection to Kafka at ${broker} failed: ${sentence(reason)}`, options)
}

const socketReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused. Is the broker running, and is this its address?',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be resolved now',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'the network is not reachable',
  ECONNRESET: 'the connection was reset. Does the broker expect TLS or SASL on this port (security.protocol)?',
  ETIMEDOUT: 'the connection timed out'
}

/** What to say of a failed connection: an explanation of its code, else its own words. */
export function reasonOf (error: unknown): string {
  const { code, message } = error as { code?: string, message?: string }
  const known = code === undefined ? undefined : socketReasons[code]
  if (known !== undefined) return known
  return (message ?? String(error)).replace(/^Connection error: /, '').replace(/\.$/, '')
}
