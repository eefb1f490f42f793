import { configOf, t } from '@tributary/plugin'
import type { RawConfig } from '@tributary/plugin'

/** What a connector's `errors.*` keys ask for. */
export interface ErrorPolicy {
  /** Milliseconds from the first failure in which operations are tried again; 0: never, -1: for ever. */
  readonly retryTimeoutMs: number
  readonly retryDelayMaxMs: number
  readonly toleratesAll: boolean
  readonly logs: boolean
  /** Log lines name the record: coordinates of a consumed one, source partition and offset of a source's. */
  readonly logsRecords: boolean
  /** null: no dead letter queue. */
  readonly deadLetters: { readonly topic: string, readonly replicationFactor: number, readonly contextHeaders: boolean } | null
}

const keys = t.object({
  'errors.retry.timeout': t.long({ description: 'How long a failed operation is tried again, in milliseconds; -1: for ever.', default: 0 }),
  'errors.retry.delay.max.ms': t.long({ description: 'The longest pause between two tries, in milliseconds.', default: 60_000 }),
  'errors.tolerance': t.enum(['none', 'all'], { description: 'none: the first bad record fails the task; all: bad records are skipped.', default: 'none' }),
  'errors.log.enable': t.boolean({ description: 'Logs each error.', default: false }),
  'errors.log.include.messages': t.boolean({ description: 'Names the record in the log.', default: false }),
  'errors.deadletterqueue.topic.name': t.string({ description: 'Topic for records that failed; empty: none.', default: '' }),
  'errors.deadletterqueue.topic.replication.factor': t.short({ description: 'Copies of that topic when it has to be created.', default: 3 }),
  'errors.deadletterqueue.context.headers.enable': t.boolean({ description: 'Adds headers that say what went wrong.', default: false })
})

/** Reads the policy from a connector's configuration, which was validated before. */
export function errorPolicyOf (connector: RawConfig, type: 'source' | 'sink'): ErrorPolicy {
  const config = configOf(keys, connector)
  const topic = config['errors.deadletterqueue.topic.name']
  return {
    retryTimeoutMs: config['errors.retry.timeout'],
    retryDelayMaxMs: config['errors.retry.delay.max.ms'],
    toleratesAll: config['errors.tolerance'] === 'all',
    logs: config['errors.log.enable'],
    logsRecords: config['errors.log.include.messages'],
    deadLetters: type === 'source' || topic === ''
      ? null
      : { topic, replicationFactor: config['errors.deadletterqueue.topic.replication.factor'], contextHeaders: config['errors.deadletterqueue.context.headers.enable'] }
  }
}
