import { configOf, defineSink } from '@tributary/plugin'
import type { TopicPartition, ConfigProblem, Log, RawConfig, SinkTask, SinkTaskContext } from '@tributary/plugin'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { catalogProblems } from './catalog-problems.ts'
import { openBucket, waitForBucket } from './client.ts'
import { Committer } from './commit.ts'
import { config, rawCopyConfig } from './config.ts'
import type { S3SinkConfig } from './config.ts'
import { directoriesOf, directoryProblems, usesWallclock } from './directories.ts'
import { formatOf, formatProblems } from './formats.ts'
import { MemoryPool } from './memory.ts'
import { ledgerKey } from './object-name.ts'
import type { ObjectStore } from './object-store.ts'
import { createPlanner } from './plan.ts'
import { projectionProblems } from './projection.ts'
import { rawCopyOf, rawCopyProblems } from './raw-copy.ts'
import { Registration } from './registration.ts'
import { tagger } from './tagging.ts'
import { rotationRules } from './rotation-rules.ts'
import { Spill } from './spill.ts'
import { takeOver } from './take-over.ts'
import { S3SinkTask } from './task.ts'

type Offsets = readonly (TopicPartition & { offset: number | bigint | null })[]

const definition = {
  guarantee: 'exactly-once',
  config,
  validate: problemsOf,
  alterOffsets: (raw: RawConfig, offsets: Offsets) => alterLedgers(configOf(config, raw), raw, offsets),
  start
} as const

/** Takes the configuration of Confluent's S3 sink. */
export const s3Sink = defineSink({ ...definition, summary: "Writes objects to S3 exactly once, with the configuration of Confluent's S3 sink." })

/** The same sink under our own name. */
export const s3PartitionedSink = defineSink({ ...definition, summary: 'Writes objects to S3 exactly once, in directories by event time, header or fields.' })

/** Keeps what a stream delivers, byte for byte, by arrival time: what Firehose does for a stream, with names that a replay reproduces. */
export const s3RawCopy = defineSink({
  ...definition,
  config: rawCopyConfig,
  alterOffsets: (raw, offsets) => alterLedgers(configOf(rawCopyConfig, raw), raw, offsets),
  summary: 'Copies raw records to S3 byte for byte, exactly once.'
})

function problemsOf (config: S3SinkConfig, raw: RawConfig): ConfigProblem[] {
  const problems = [...formatProblems(config), ...directoryProblems(config), ...rawCopyProblems(config)]
  if (config['behavior.on.null.values'] === 'write' && !config['store.kafka.keys']) {
    problems.push({ key: 'behavior.on.null.values', message: 'behavior.on.null.values=write needs store.kafka.keys=true, since only the key says what a record without a value is about.' })
  }
  if (config['late.after.ms'] >= 0 && usesWallclock(config)) {
    problems.push({ key: 'timestamp.extractor', message: 'late.after.ms needs to know the event time: set timestamp.extractor=Record for that of the Kafka record, or RecordField with timestamp.field and timestamp.unit.' })
  }
  if (config['rotate.schedule.interval.ms'] > 0 && config.timezone === '') {
    problems.push({ key: 'timezone', message: 'rotate.schedule.interval.ms needs a timezone, such as timezone=UTC: its periods start at midnight there.' })
  }
  if (!/(DefaultAWSCredentialsProviderChain|DefaultCredentialsProvider|AwsAssumeRoleCredentialsProvider)$/.test(config['s3.credentials.provider.class'])) {
    problems.push({ key: 's3.credentials.provider.class', message: `Invalid value ${config['s3.credentials.provider.class']} for configuration s3.credentials.provider.class: ` +
      'Java classes cannot be loaded. Use the default chain, aws.access.key.id and aws.secret.access.key, or s3.credentials.provider.sts.role.arn.' })
  }
  for (const [key, example] of addresses) {
    const address = config[key]
    // proxy:3128 is a URL too, with the scheme proxy:. The value is not told, since a password may stand in it.
    if (address !== null && address !== '' && !/^https?:$/.test(URL.parse(address)?.protocol ?? '')) {
      problems.push({ key, message: `Invalid value for configuration ${key}: write an address that begins with http:// or https://, such as ${example}.` })
    }
  }
  problems.push(...catalogProblems(config, raw))
  if (config['glue.projection'] && problems.length === 0) problems.push(...projectionProblems(config, raw))
  const key = config['s3.sse.customer.key']
  if (key !== null && Buffer.from(key.value, 'base64').length !== 32) {
    problems.push({ key: 's3.sse.customer.key', message: 'Invalid value for configuration s3.sse.customer.key: write 32 bytes in base64.' })
  }
  const acl = config['s3.acl.canned']
  if (acl !== null && acl !== '' && !cannedAcls.includes(acl)) {
    problems.push({ key: 's3.acl.canned', message: `Invalid value ${acl} for configuration s3.acl.canned: String must be one of: ${cannedAcls.join(', ')}` })
  }
  for (const pair of config['s3.object.tagging.key.value.pairs']) {
    if (!/^[^:]+:/.test(pair)) problems.push({ key: 's3.object.tagging.key.value.pairs', message: `Invalid value ${pair} for configuration s3.object.tagging.key.value.pairs: write key:value.` })
  }
  return problems
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl */
const cannedAcls: readonly string[] = ['private', 'public-read', 'public-read-write', 'authenticated-read', 'log-delivery-write', 'bucket-owner-read', 'bucket-owner-full-control', 'aws-exec-read']

/** Keys that hold addresses, with one that is right. */
const addresses = [['store.url', 'http://127.0.0.1:9000'], ['s3.proxy.url', 'http://proxy:3128'], ['glue.endpoint', 'http://127.0.0.1:5000']] as const

/** Shares of `buffer.memory` that hold content of open files, and objects on their way to the store. */
const contentShare = 1 / 4
const uploadShare = 1 / 4

function committerOf (config: S3SinkConfig, context: { store: ObjectStore, log: Log, giveUp: AbortSignal }): Committer {
  return new Committer({ ...context, connections: config['s3.max.connections'], partBytes: config['s3.part.size'], memory: config['buffer.memory'] * uploadShare, backoffMs: config['retry.backoff.ms'] })
}

async function start (context: SinkTaskContext<S3SinkConfig>): Promise<SinkTask> {
  const { config, log, giveUp } = context
  if (config['s3.sse.kms.key.id'] !== '' && config['s3.ssea.name'] !== 'aws:kms') log.warn({}, 's3.sse.kms.key.id is not used: it needs s3.ssea.name=aws:kms.')
  const store = await waitForBucket(config, giveUp, log)
  const directories = directoriesOf(config)
  const format = formatOf(config, 'value', log)
  const withKeys = config['store.kafka.keys'] ? formatOf(config, 'key', log) : null
  const withHeaders = config['store.kafka.headers'] ? formatOf(config, 'headers', log) : null
  const registration = await Registration.open(config, context.raw, context)
  const raw = rawCopyOf(config)
  const tag = tagger(config, store, log)
  const spill = new Spill(config['buffer.dir'] ?? tmpdir())
  const planner = createPlanner({
    names: { prefix: config['topics.dir'], directoryDelim: config['directory.delim'], fileDelim: config['file.delim'], padWidth: config['filename.offset.zero.pad.width'], template: config['file.name.template'] },
    errorPrefix: config['error.prefix'],
    format, withKeys, withHeaders, codec: config['s3.compression.type'], level: config['s3.compression.level'], spill, raw
  })
  return new S3SinkTask(context, {
    store,
    committer: committerOf(config, { store, log, giveUp }),
    // The rest is for what surrounds the content: objects of open files, records and requests under way, and what waits to be collected.
    pool: new MemoryPool(config['buffer.memory'] * contentShare),
    spill,
    log,
    counted: {
      objects: context.counter('s3_objects', 'Objects that readers can see.'),
      records: context.counter('s3_records', 'Records in objects that readers can see, those of a raw copy too.'),
      bytes: context.counter('s3_bytes', 'Bytes of objects that readers can see, before compression.'),
      delayMs: context.counter('s3_delay_ms', 'Milliseconds from the arrival of the first record of each object to the moment that readers can see it, added up.')
    },
    rules: rotationRules(config),
    format,
    withKeys,
    withHeaders,
    raw,
    isStable: directories.isStable,
    layout: layoutOf(config, context.raw),
    planner,
    registration,
    published: async (objects, columns) => {
      await registration?.published(objects, columns)
      await tag(objects)
    }
  }, directories)
}

/** Sets the positions of ledgers, since they and not the offsets in Kafka decide. Any task that still runs is fenced. */
async function alterLedgers (config: S3SinkConfig, raw: RawConfig, offsets: Offsets): Promise<boolean> {
  const giveUp = new AbortController().signal
  const silent = (): void => {}
  const log = { error: silent, warn: silent, info: silent, debug: silent }
  const store = await openBucket(config, giveUp)
  const registration = await Registration.open(config, raw, { log, counter: () => ({ add: silent }) })
  try {
    const committer = committerOf(config, { store, log, giveUp })
    const layout = layoutOf(config, raw)
    for (const { topic, partition, offset } of offsets) {
      const ledger = await takeOver(ledgerKey(config['ledger.prefix'], raw.name ?? '', topic, partition), { store, committer, layout, log, published: async (objects, columns) => { await registration?.published(objects, columns) } })
      await ledger.update({ position: offset, stored: new Map(), watermark: null, layout, generation: ledger.state.generation + 1 })
    }
    return true
  } finally {
    registration?.close()
    store.close()
  }
}

/** Fingerprint of everything that decides in which directory a record goes. */
function layoutOf (config: S3SinkConfig, raw: RawConfig): string {
  const keys = ['partitioner.class', 'partition.header', 'partition.field.name', 'partition.duration.ms', 'path.format', 'locale', 'timezone', 'timestamp.extractor',
    'timestamp.field', 'timestamp.unit', 'late.after.ms', 'late.policy', 'directory.delim', 'tombstone.encoded.partition', 'error.prefix'] as const
  const rawKeys = config['raw.copy'] ? ['raw.copy.path.format', 'raw.copy.timezone'] as const : []
  // Only where they are used, so that ledgers from before they were known still fit.
  const affix = config['s3.schema.partition.affix.type'] === 'NONE' ? [] : ['s3.schema.partition.affix.type'] as const
  const pattern = config['timestamp.unit'] === 'pattern' ? ['timestamp.pattern'] as const : []
  const own = [...keys, ...affix, ...pattern, ...rawKeys].map(key => [key, config[key]])
  const transforms = Object.entries(raw).filter(([key]) => /^(transforms|predicates)(\.|$)/.test(key)).sort(([a], [b]) => a < b ? -1 : 1)
  return createHash('sha256').update(JSON.stringify([own, transforms])).digest('hex').slice(0, 16)
}
