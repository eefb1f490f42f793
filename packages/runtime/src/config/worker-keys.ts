import { t, validators } from '@tributary/plugin'
import { saslKeys, sslKeys } from './client-keys.ts'
import { connectProtocol, keyAlgorithm, listenersRule, partitionCount, replicationFactor, responseHeadersRule, signatureAlgorithm, verificationAlgorithms } from './worker-rules.ts'

// Keys stand in Kafka's order, so that the first of several problems is the same.

const commonKeys = {
  'bootstrap.servers': t.list({ description: 'Kafka brokers to connect to first, as host:port; the others are found through them', importance: 'HIGH', validator: validators.distinctList({ emptyAllowed: false, nullAllowed: false }) }),
  'client.dns.lookup': t.string({ description: 'How names of brokers become addresses: all addresses in turn, or canonical names of the first brokers', default: 'use_all_dns_ips', validator: validators.oneOf(['use_all_dns_ips', 'resolve_canonical_bootstrap_servers_only']) }),
  'key.converter': t.class({ description: 'Converter of record keys, for connectors without one of their own; keys with this prefix configure it', importance: 'HIGH' }),
  'key.converter.plugin.version': t.string({ description: 'Version, or range of versions, of the key converter', default: null, importance: 'LOW' }),
  'value.converter': t.class({ description: 'Converter of record values, for connectors without one of their own; keys with this prefix configure it', importance: 'HIGH' }),
  'value.converter.plugin.version': t.string({ description: 'Version, or range of versions, of the value converter', default: null, importance: 'LOW' }),
  'task.shutdown.graceful.timeout.ms': t.long({ description: 'Milliseconds that tasks being stopped together get, before they are abandoned', default: 5000, importance: 'LOW' }),
  'offset.flush.interval.ms': t.long({ description: 'Milliseconds between commits of offsets', default: 60000, importance: 'LOW' }),
  'offset.flush.timeout.ms': t.long({ description: 'Milliseconds that a commit of source offsets may take; exactly-once sources do not use it', default: 5000, importance: 'LOW' }),
  'plugin.path': t.list({ description: 'Directories to look for plugins in; variables of config providers are not replaced here', default: null, importance: 'LOW', validator: validators.distinctList({ emptyAllowed: false, nullAllowed: true }) }),
  'plugin.discovery': t.string({ description: 'How Java finds plugins; any allowed value is accepted, plugins are found by their package here', default: 'hybrid_warn', importance: 'LOW', validator: validators.oneOfIgnoreCase(['ONLY_SCAN', 'SERVICE_LOAD', 'HYBRID_WARN', 'HYBRID_FAIL']) }),
  'metrics.sample.window.ms': t.long({ description: 'Milliseconds over which one sample of a metric is taken', default: 30000, importance: 'LOW', validator: validators.atLeast(0) }),
  'metrics.num.samples': t.int({ description: 'Samples kept for windowed metrics', default: 2, importance: 'LOW', validator: validators.atLeast(1) }),
  'metrics.recording.level': t.string({ description: 'Highest level of metrics to record', default: 'INFO', importance: 'LOW', validator: validators.oneOf(['INFO', 'DEBUG']) }),
  'metric.reporters': t.list({ description: 'Java reporters of metrics; metrics are read over HTTP here', default: ['org.apache.kafka.common.metrics.JmxReporter'], importance: 'LOW', validator: validators.distinctList({ emptyAllowed: true, nullAllowed: false }) }),
  'header.converter': t.class({ description: 'Converter of record headers, for connectors without one of their own', default: 'org.apache.kafka.connect.storage.SimpleHeaderConverter', importance: 'LOW' }),
  'header.converter.plugin.version': t.string({ description: 'Version, or range of versions, of the header converter', default: null, importance: 'LOW' }),
  'config.providers': t.list({ description: 'Names of config providers; config.providers.<name>.class and .param.<key> describe each', default: [], importance: 'LOW', validator: validators.distinctList({ emptyAllowed: true, nullAllowed: false }) }),
  'connector.client.config.override.policy': t.string({ description: 'Which Kafka client settings connectors may override: All, None, Allowlist or Principal', default: 'All' }),
  'topic.creation.enable': t.boolean({ description: 'Whether source connectors may have their topics created as their topic.creation keys say', default: true, importance: 'LOW' }),
  ...sslKeys,
  'topic.tracking.enable': t.boolean({ description: 'Whether the topics a connector uses are recorded', default: true, importance: 'LOW' }),
  'topic.tracking.allow.reset': t.boolean({ description: 'Whether the recorded topics of a connector may be reset over REST', default: true, importance: 'LOW' }),
  'listeners': t.list({ description: 'Addresses that REST listens on, such as http://0.0.0.0:8083; no host: all interfaces', default: ['http://:8083'], importance: 'LOW', validator: listenersRule }),
  'rest.advertised.host.name': t.string({ description: 'Host that other workers reach this one by', default: null, importance: 'LOW' }),
  'rest.advertised.port': t.int({ description: 'Port that other workers reach this one by', default: null, importance: 'LOW' }),
  'rest.advertised.listener': t.string({ description: 'Protocol that other workers use: http or https', default: null, importance: 'LOW' }),
  'access.control.allow.origin': t.string({ description: 'Origins that browsers may call REST from, as a comma separated list of patterns; empty: none', default: '', importance: 'LOW' }),
  'access.control.allow.methods': t.string({ description: 'Methods that other origins may use; empty: GET, POST and HEAD', default: '', importance: 'LOW' }),
  'response.http.headers.config': t.string({ description: 'Headers to add to answers: comma separated items such as "set X-Frame-Options:DENY"', default: '', importance: 'LOW', validator: responseHeadersRule }),
  'ssl.client.auth': t.string({ description: 'Whether callers of https listeners must show a certificate: required, requested or none', default: 'none', importance: 'LOW', validator: validators.oneOf(['required', 'requested', 'none']) }),
  'rest.extension.classes': t.list({ description: 'Extensions of REST, called in this order', default: [], importance: 'LOW', validator: validators.distinctList({ emptyAllowed: true, nullAllowed: false }) }),
  'admin.listeners': t.list({ description: 'Addresses for the /admin endpoints alone; empty: none; absent: the normal listeners', default: null, importance: 'LOW', validator: validators.distinctList({ emptyAllowed: true, nullAllowed: true }) })
} as const

const ownKeys = {
  'connector.client.config.override.allowlist': t.list({ description: 'Client settings that connectors may override under the policy Allowlist', default: [], validator: validators.distinctList({ emptyAllowed: true, nullAllowed: false }) }),
  'log.format': t.enum(['readable', 'json'], { description: 'How log lines are written; TRIBUTARY_LOG_FORMAT in the environment wins.', default: 'readable', importance: 'LOW', ignoreCase: true }),
  'log.level': t.string({ description: 'Level of all loggers at the start, such as INFO; TRIBUTARY_LOG_LEVEL in the environment wins.', default: 'INFO', importance: 'LOW' }),
  'task.isolation': t.enum(['thread', 'inline'], { description: 'thread: each task runs in a worker thread of its own; inline: all in the main one, for tests and tiny machines', default: 'thread', importance: 'LOW', ignoreCase: true }),
  'task.memory.max.mb': t.int({ description: 'Megabytes of JavaScript heap a task may use before it fails alone; absent: no limit but the machine\'s', default: null, importance: 'LOW', min: 16 }),
  'connector.call.timeout.ms': t.long({ description: 'Milliseconds that a plugin from plugin.path may take to validate a configuration or to make the configurations of tasks, and may keep its thread busy without a pause', default: 60_000, importance: 'LOW', min: 100 }),
  'rest.request.max.bytes': t.int({ description: 'Largest request body that REST accepts, in bytes', default: 1_048_576, importance: 'LOW', min: 1024 }),
  'rest.connections.max': t.int({ description: 'Connections that a REST listener holds at a time; further ones are closed at once', default: 1000, importance: 'LOW', min: 1 }),
  'rest.conflict.wait.ms': t.long({ description: 'Milliseconds that REST tries again by itself while a rebalance makes a request impossible; 0: answers 409 at once, as Kafka does', default: 0, importance: 'LOW', min: 0, max: 90_000 }),
  'rest.status.partitions': t.boolean({ description: 'Whether the status of a running sink task shows the partitions it owns, with position, committed offset and lag', default: false, importance: 'LOW' }),
  'rest.password.mask': t.boolean({ description: 'Whether REST shows [hidden] for secrets written directly into connector configurations', default: false, importance: 'LOW' })
} as const

const groupKeys = {
  'group.id': t.string({ description: 'Name of the cluster of workers', importance: 'HIGH' }),
  'session.timeout.ms': t.int({ description: 'Milliseconds without a heartbeat after which a worker counts as gone', default: 10000, importance: 'HIGH' }),
  'rebalance.timeout.ms': t.int({ description: 'Milliseconds that every worker gets to join again in a rebalance', default: 60000, importance: 'HIGH' }),
  'heartbeat.interval.ms': t.int({ description: 'Milliseconds between heartbeats; at most a third of the session', default: 3000, importance: 'HIGH' }),
  'exactly.once.source.support': t.string({ description: 'Whether source connectors may write exactly once: disabled, preparing (for a rolling change) or enabled', default: 'disabled', importance: 'HIGH', validator: validators.oneOfIgnoreCase(['DISABLED', 'ENABLED', 'PREPARING']) }),
  'metadata.max.age.ms': t.long({ description: 'Milliseconds after which metadata of the cluster is read again', default: 300000, importance: 'LOW', validator: validators.atLeast(0) }),
  'client.id': t.string({ description: 'Name of this worker in requests to the brokers', default: '', importance: 'LOW' }),
  'send.buffer.bytes': t.int({ description: 'Bytes of the TCP send buffer, -1: the system default', default: 131072, validator: validators.atLeast(-1) }),
  'receive.buffer.bytes': t.int({ description: 'Bytes of the TCP receive buffer, -1: the system default', default: 32768, validator: validators.atLeast(-1) }),
  'reconnect.backoff.ms': t.long({ description: 'Milliseconds before a lost broker is tried again, at first', default: 50, importance: 'LOW', validator: validators.atLeast(0) }),
  'reconnect.backoff.max.ms': t.long({ description: 'The same at most', default: 1000, importance: 'LOW', validator: validators.atLeast(0) }),
  'socket.connection.setup.timeout.ms': t.long({ description: 'Milliseconds that a connection may take to open, at first', default: 10000, importance: 'LOW', validator: validators.atLeast(0) }),
  'socket.connection.setup.timeout.max.ms': t.long({ description: 'The same at most', default: 30000, importance: 'LOW', validator: validators.atLeast(0) }),
  'retry.backoff.ms': t.long({ description: 'Milliseconds before a failed request is sent again, at first', default: 100, importance: 'LOW', validator: validators.atLeast(0) }),
  'retry.backoff.max.ms': t.long({ description: 'The same at most', default: 1000, importance: 'LOW', validator: validators.atLeast(0) }),
  'request.timeout.ms': t.int({ description: 'Milliseconds that an answer may take', default: 40000, validator: validators.atLeast(0) }),
  'connections.max.idle.ms': t.long({ description: 'Milliseconds after which an idle connection is closed', default: 540000 }),
  'security.protocol': t.string({ description: 'How brokers are spoken to: plain or TLS, with or without SASL', default: 'PLAINTEXT', validator: validators.oneOfIgnoreCase(['SASL_SSL', 'PLAINTEXT', 'SSL', 'SASL_PLAINTEXT']) }),
  ...saslKeys,
  'worker.sync.timeout.ms': t.int({ description: 'Milliseconds that a worker behind the others gets to catch up before it leaves the group', default: 3000 }),
  'worker.unsync.backoff.ms': t.int({ description: 'Milliseconds that such a worker stays away', default: 300000 }),
  'offset.storage.topic': t.string({ description: 'Topic that keeps offsets of source connectors', importance: 'HIGH' }),
  'offset.storage.partitions': t.int({ description: 'Partitions of that topic when it is created, -1: as the broker says', default: 25, importance: 'LOW', validator: partitionCount }),
  'offset.storage.replication.factor': t.short({ description: 'Its replicas, -1: as the broker says', default: 3, importance: 'LOW', validator: replicationFactor }),
  'config.storage.topic': t.string({ description: 'Topic that keeps configurations of connectors', importance: 'HIGH' }),
  'config.storage.replication.factor': t.short({ description: 'Its replicas when it is created, -1: as the broker says', default: 3, importance: 'LOW', validator: replicationFactor }),
  'status.storage.topic': t.string({ description: 'Topic that keeps states of connectors and tasks', importance: 'HIGH' }),
  'status.storage.partitions': t.int({ description: 'Partitions of that topic when it is created, -1: as the broker says', default: 5, importance: 'LOW', validator: partitionCount }),
  'status.storage.replication.factor': t.short({ description: 'Its replicas, -1: as the broker says', default: 3, importance: 'LOW', validator: replicationFactor }),
  'connect.protocol': t.string({ description: 'Group protocol: eager, compatible (incremental) or sessioned (incremental, with signed requests)', default: 'sessioned', importance: 'LOW', validator: connectProtocol }),
  'scheduled.rebalance.max.delay.ms': t.int({ description: 'Milliseconds that the work of a lost worker waits for its return', default: 300000, importance: 'LOW', validator: validators.between(0, 2147483647) }),
  'inter.worker.key.ttl.ms': t.int({ description: 'Milliseconds after which the key of signed requests is replaced; 0: never', default: 3600000, importance: 'LOW', validator: validators.between(0, 2147483647) }),
  'inter.worker.key.generation.algorithm': t.string({ description: 'Algorithm that keys of signed requests are made for', default: 'HmacSHA256', importance: 'LOW', validator: keyAlgorithm }),
  'inter.worker.key.size': t.int({ description: 'Bits of that key; absent: as the algorithm needs', default: null, importance: 'LOW' }),
  'inter.worker.signature.algorithm': t.string({ description: 'Algorithm that signs requests between workers', default: 'HmacSHA256', importance: 'LOW', validator: signatureAlgorithm }),
  'inter.worker.verification.algorithms': t.list({ description: 'Algorithms accepted in signed requests', default: ['HmacSHA256'], importance: 'LOW', validator: verificationAlgorithms }),
  'metadata.recovery.strategy': t.string({ description: 'What to do when no known broker answers: rebootstrap or none', default: 'rebootstrap', importance: 'LOW', validator: validators.oneOfIgnoreCase(['REBOOTSTRAP', 'NONE']) }),
  'metadata.recovery.rebootstrap.trigger.ms': t.long({ description: 'Milliseconds without metadata after which the first brokers are asked again', default: 300000, importance: 'LOW', validator: validators.atLeast(0) })
} as const

/** Every key of `connect-standalone`'s worker file. */
export const standaloneWorkerKeys = t.object({
  ...commonKeys,
  'offset.storage.file.filename': t.string({ description: 'File that keeps offsets of source connectors', importance: 'HIGH' }),
  ...ownKeys
})

/** Every key of `connect-distributed`'s worker file. */
export const distributedWorkerKeys = t.object({ ...commonKeys, ...groupKeys, ...ownKeys })
