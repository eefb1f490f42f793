import type { Validator } from '@tributary/plugin'
import { invalidValue, regexProblem, t, validators } from '@tributary/plugin'

const common = 'Common'
const errorHandling = 'Error Handling'

/** Names in a list, none twice. */
export function aliasRule (what: string): Validator {
  return {
    allowed: `non-null string, unique ${what}`,
    check (key, value, type) {
      if (value === null) return invalidValue(key, null, 'entry must be non null', type)
      const aliases = value as readonly string[]
      return new Set(aliases).size < aliases.length ? invalidValue(key, aliases, 'Duplicate alias provided.', type) : null
    }
  }
}

const regexRule: Validator = {
  allowed: 'valid regex',
  check (key, value, type) {
    const problem = value === null ? null : regexProblem(value as string)
    return problem === null ? null : invalidValue(key, value, `Invalid regex: ${problem}`, type)
  }
}

function optional (rule: Validator): Validator {
  return { allowed: rule.allowed, check: (key, value, type) => value === null ? null : rule.check(key, value, type) }
}

/** Keys of every connector, in Kafka's order. */
const connectorKeys = {
  'name': t.string({ description: 'Name of the connector, unique in the cluster', importance: 'HIGH', validator: validators.nonEmptyWithoutControl(), group: common, orderInGroup: 1, width: 'MEDIUM', displayName: 'Connector name' }),
  'connector.class': t.string({ description: 'Class of the connector, or an alias: FileStreamSource stands for org.apache.kafka.connect.file.FileStreamSourceConnector', importance: 'HIGH', group: common, orderInGroup: 2, width: 'LONG', displayName: 'Connector class' }),
  'connector.plugin.version': t.string({ description: 'Version, or range of versions, of the connector', default: null, group: common, orderInGroup: 3, width: 'MEDIUM', displayName: 'Connector version' }),
  'tasks.max': t.int({ description: 'Most tasks the connector may have', default: 1, importance: 'HIGH', validator: validators.atLeast(1), group: common, orderInGroup: 4, width: 'SHORT', displayName: 'Tasks max' }),
  'tasks.max.enforce': t.boolean({ description: 'Deprecated. Whether a connector that makes more tasks than tasks.max fails', default: true, importance: 'LOW', group: common, orderInGroup: 5, width: 'SHORT', displayName: 'Enforce tasks max' }),
  'key.converter': t.class({ description: 'Converter of record keys; absent: the worker\'s', default: null, importance: 'LOW', group: common, orderInGroup: 6, width: 'SHORT', displayName: 'Key converter class' }),
  'key.converter.plugin.version': t.string({ description: 'Version, or range of versions, of the key converter', default: null, importance: 'LOW', group: common, orderInGroup: 7, width: 'SHORT', displayName: 'Key converter version' }),
  'value.converter': t.class({ description: 'Converter of record values; absent: the worker\'s', default: null, importance: 'LOW', group: common, orderInGroup: 8, width: 'SHORT', displayName: 'Value converter class' }),
  'value.converter.plugin.version': t.string({ description: 'Version, or range of versions, of the value converter', default: null, importance: 'LOW', group: common, orderInGroup: 9, width: 'SHORT', displayName: 'Value converter version' }),
  'header.converter': t.class({ description: 'Converter of record headers; absent: the worker\'s', default: null, importance: 'LOW', group: common, orderInGroup: 10, width: 'SHORT', displayName: 'Header converter class' }),
  'header.converter.plugin.version': t.string({ description: 'Version, or range of versions, of the header converter', default: null, importance: 'LOW', group: common, orderInGroup: 11, width: 'SHORT', displayName: 'Header converter version' }),
  'transforms': t.list({ description: 'Names of the transforms that each record goes through, in order', default: [], importance: 'LOW', validator: aliasRule('transformation aliases'), group: 'Transforms', orderInGroup: 12, width: 'LONG', displayName: 'Transforms' }),
  'predicates': t.list({ description: 'Names of the predicates that transforms refer to', default: [], importance: 'LOW', validator: aliasRule('predicate aliases'), group: 'Predicates', orderInGroup: 13, width: 'LONG', displayName: 'Predicates' }),
  'config.action.reload': t.string({ description: 'What to do when a value from a config provider expires: restart the connector, and tasks whose values have changed, or nothing (none)', default: 'restart', importance: 'LOW', validator: validators.oneOf(['none', 'restart']), group: common, orderInGroup: 14, width: 'MEDIUM', displayName: 'Reload Action' }),
  'errors.retry.timeout': t.long({ description: 'Milliseconds during which a failed operation is tried again; 0: not at all, -1: without end', default: 0, group: errorHandling, orderInGroup: 1, width: 'MEDIUM', displayName: 'Retry Timeout for Errors' }),
  'errors.retry.delay.max.ms': t.long({ description: 'Milliseconds between two tries at most', default: 60000, group: errorHandling, orderInGroup: 2, width: 'MEDIUM', displayName: 'Maximum Delay Between Retries for Errors' }),
  'errors.tolerance': t.string({ description: 'What happens to a record that cannot be processed: none fails the task, all skips the record', default: 'none', validator: validators.oneOf(['none', 'all']), group: errorHandling, orderInGroup: 3, width: 'SHORT', displayName: 'Error Tolerance' }),
  'errors.log.enable': t.boolean({ description: 'Whether each tolerated error is logged', default: false, group: errorHandling, orderInGroup: 4, width: 'SHORT', displayName: 'Log Errors' }),
  'errors.log.include.messages': t.boolean({ description: 'Whether such a log line names topic, partition, offset and timestamp of the record', default: false, group: errorHandling, orderInGroup: 5, width: 'SHORT', displayName: 'Log Error Details' })
} as const

/** Keys that Kafka does not have; each keeps Kafka's behaviour unless it is set. */
const ownKeys = {
  'feed.class': t.class({ description: 'Where a sink reads instead of Kafka topics, such as a Kinesis stream; keys with the prefix feed. configure it', default: null, importance: 'LOW', group: 'Tributary', orderInGroup: 1, width: 'LONG', displayName: 'Feed class' }),
  'offset.flush.interval.ms': t.long({ description: 'Milliseconds between commits of offsets of this connector; absent: as the worker says', default: null, importance: 'LOW', min: 1, group: 'Tributary', orderInGroup: 2, width: 'SHORT', displayName: 'Offset commit interval' }),
  'restart.max.attempts': t.int({ description: 'How often a failed task is restarted by itself before it stays failed; 0: never, -1: without end', default: 0, importance: 'LOW', min: -1, group: 'Tributary', orderInGroup: 3, width: 'SHORT', displayName: 'Automatic restarts' }),
  'restart.backoff.ms': t.long({ description: 'Milliseconds before the first automatic restart; each further one waits twice as long', default: 10_000, importance: 'LOW', min: 1, group: 'Tributary', orderInGroup: 4, width: 'SHORT', displayName: 'Restart back-off' }),
  'restart.backoff.max.ms': t.long({ description: 'Milliseconds before an automatic restart at most', default: 600_000, importance: 'LOW', min: 1, group: 'Tributary', orderInGroup: 5, width: 'SHORT', displayName: 'Longest restart back-off' })
} as const

const { 'feed.class': feedClass, ...ownKeysOfSources } = ownKeys

/** Every key of a sink connector that is not its plugin's. */
export const sinkConnectorKeys = t.object({
  ...connectorKeys,
  'topics': t.list({ description: 'Topics to read', default: [], importance: 'HIGH', validator: validators.distinctList({ emptyAllowed: true, nullAllowed: false }), group: common, orderInGroup: 4, width: 'LONG', displayName: 'Topics' }),
  'topics.regex': t.string({ description: 'Topics to read, as a Java regular expression that matches the whole name', default: '', importance: 'HIGH', validator: regexRule, group: common, orderInGroup: 4, width: 'LONG', displayName: 'Topics regex' }),
  'errors.deadletterqueue.topic.name': t.string({ description: 'Topic for records that cannot be processed; empty: none', default: '', group: errorHandling, orderInGroup: 6, width: 'MEDIUM', displayName: 'Dead Letter Queue Topic Name' }),
  'errors.deadletterqueue.topic.replication.factor': t.short({ description: 'Replicas of that topic when it is created', default: 3, group: errorHandling, orderInGroup: 7, width: 'MEDIUM', displayName: 'Dead Letter Queue Topic Replication Factor' }),
  'errors.deadletterqueue.context.headers.enable': t.boolean({ description: 'Whether headers of such records tell what went wrong', default: false, group: errorHandling, orderInGroup: 8, width: 'MEDIUM', displayName: 'Enable Error Context Headers' }),
  'feed.class': feedClass,
  ...ownKeysOfSources
})

/** Every key of a source connector that is not its plugin's. */
export const sourceConnectorKeys = t.object({
  ...connectorKeys,
  'topic.creation.groups': t.list({ description: 'Names of groups of topics to create; topic.creation.<name>.<key> describes each', default: [], importance: 'LOW', validator: aliasRule('topic creation groups'), group: 'Topic Creation', orderInGroup: 1, width: 'LONG', displayName: 'Topic Creation Groups' }),
  'exactly.once.support': t.string({ description: 'required: refuse the configuration unless the connector can write exactly once', default: 'requested', validator: validators.oneOfIgnoreCase(['REQUIRED', 'REQUESTED']), group: 'Exactly Once Support', orderInGroup: 2, width: 'SHORT', displayName: 'Exactly once support' }),
  'transaction.boundary': t.string({ description: 'When a transaction ends: after each batch (poll), after a time (interval), or as the connector says (connector)', default: 'poll', validator: validators.oneOfIgnoreCase(['INTERVAL', 'POLL', 'CONNECTOR']), group: 'Exactly Once Support', orderInGroup: 3, width: 'SHORT', displayName: 'Transaction Boundary' }),
  'transaction.boundary.interval.ms': t.long({ description: 'Milliseconds of a transaction with the boundary interval; absent: offset.flush.interval.ms of the worker', default: null, importance: 'LOW', validator: optional(validators.atLeast(0)), group: 'Exactly Once Support', orderInGroup: 4, width: 'SHORT', displayName: 'Transaction boundary interval' }),
  'offsets.storage.topic': t.string({ description: 'Topic of its own for the offsets of this connector', default: null, importance: 'LOW', validator: validators.nonEmpty(), group: 'offsets.topic', orderInGroup: 1, width: 'LONG', displayName: 'Offsets topic' }),
  ...ownKeysOfSources
})
