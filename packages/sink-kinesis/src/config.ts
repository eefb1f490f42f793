import { t, type Infer } from '@tributary/plugin'
import { endpointKey, type Connection } from '@tributary/kinesis'

const unused = 'Accepted so that existing files run unchanged; has no effect here: '
const mebibyte = 1024 * 1024

/** Keys of awslabs' kinesis-kafka-connector with its defaults, `appendLineBreak` of JoeShi's fork, and a few of our own. */
export const kinesisSinkConfig = t.object({
  streamName: t.string({ description: 'Stream to write to.', importance: 'HIGH', nonEmpty: true }),
  region: t.string({ description: 'AWS region, such as cn-northwest-1. Default: AWS_REGION or the profile. Regions in China get their own endpoints by themselves.', default: null, importance: 'HIGH' }),
  kinesisEndpoint: endpointKey('Where Kinesis is, instead of AWS\'s endpoint of the region: a VPC endpoint or a local stand-in.'),
  stsEndpoint: endpointKey('Where STS is, used with roleARN.'),
  roleARN: t.string({ description: 'Role to assume. Default: the credentials that AWS tools find by themselves.', default: null }),
  roleSessionName: t.string({ description: 'Session name of the assumed role.', default: 'tributary-sink-kinesis', nonEmpty: true }),
  roleExternalID: t.password({ description: 'External id the role asks for.', default: null }),
  roleDurationSeconds: t.int({ description: 'How long the role is assumed at a time, in seconds.', default: 3600, min: 900, max: 43200 }),

  appendLineBreak: t.boolean({ description: 'Adds a line feed to every record, so that files made of the stream hold one record a line.', default: false }),
  usePartitionAsHashKey: t.boolean({ description: 'Sends each Kafka partition to one place of the hash key space, spread evenly over the shards, whatever the key.', default: false }),
  nullKeyStrategy: t.enum(['partition', 'spread'], { description: 'Partition key of a record without key: partition, the Kafka partition number, keeps a partition in one shard; spread uses partition and offset, so all shards share the load.', default: 'partition', ignoreCase: true }),
  'behavior.on.null.values': t.enum(['fail', 'ignore', 'empty'], { description: 'A record without value: fail, it is an error that errors.tolerance decides on; ignore, it is left out; empty, it becomes a record of no bytes.', default: 'fail', ignoreCase: true }),
  ordering: t.enum(['none', 'key'], { description: 'none: fastest; a retry may put a record after later ones. key: records of one partition key stay in order whatever is retried, one request at a time for each key; with aggregation=true, for each shard.', default: 'none', ignoreCase: true }),
  aggregation: t.boolean({ description: 'Packs records into aggregates as the Kinesis Producer Library does. Readers must take them apart: KCL, Firehose and our Kinesis feed do.', default: false }),

  maxBufferedTime: t.int({ description: 'Longest time a record waits for others to share its request, in milliseconds. A request is sent at once when none is under way, so this matters only while Kinesis is slow.', default: 100, min: 0, max: 60000 }),
  maxConnections: t.int({ description: 'Requests under way at once.', default: 24, min: 1, max: 256 }),
  requestTimeout: t.int({ description: 'A request without answer for this long, in milliseconds, is sent again. Its records may then be in the stream twice.', default: 10000, min: 100 }),
  maxRecordBytes: t.int({ description: 'Largest record, partition key included, that the stream takes; more than 1 MiB only where UpdateMaxRecordSize raised it. Larger ones are reported, see errors.tolerance.', default: mebibyte, min: 1024, max: 10 * mebibyte }),
  flushSync: t.boolean({ description: 'Before offsets are committed, wait up to 5 s for what is under way. Offsets never pass a record that is not acknowledged, true or false.', default: true }),
  pauseConsumption: t.boolean({ description: 'When too much is outstanding: true pauses the partitions, false makes the worker offer the batch again.', default: true }),
  outstandingRecordsThreshold: t.int({ description: 'Records taken and not yet acknowledged before the task takes no more.', default: 500000, min: 1 }),
  outstandingBytesThreshold: t.long({ description: 'Bytes taken and not yet acknowledged, 256 for each record included, before the task takes no more.', default: 64 * mebibyte, min: 1 }),
  sleepPeriod: t.int({ description: 'Longest time one call waits for room, in milliseconds.', default: 1000, min: 1, max: 60000 }),

  sleepCycles: t.int({ description: `${unused}the task waits for as long as it takes.`, default: 10, importance: 'LOW' }),
  ttl: t.int({ description: `${unused}no record expires, as that would lose it.`, default: 60000, importance: 'LOW' }),
  rateLimit: t.int({ description: `${unused}a shard that throttles is left alone for a while, and the others go on.`, default: 100, importance: 'LOW' }),
  singleKinesisProducerPerPartition: t.boolean({ description: `${unused}all partitions of a task share requests.`, default: false, importance: 'LOW' }),
  metricsLevel: t.string({ description: `${unused}metrics are at the worker's /metrics.`, default: 'none', importance: 'LOW' }),
  metricsGranularity: t.string({ description: `${unused}see metricsLevel.`, default: 'global', importance: 'LOW', aliases: ['metricsGranuality'] }),
  metricsNameSpace: t.string({ description: `${unused}see metricsLevel.`, default: 'KinesisProducer', importance: 'LOW' })
})

export type KinesisSinkConfig = Infer<typeof kinesisSinkConfig>

/** How to reach the stream. */
export function connectionOf (config: KinesisSinkConfig): Connection {
  return {
    region: config.region,
    endpoint: config.kinesisEndpoint,
    stsEndpoint: config.stsEndpoint,
    roleArn: config.roleARN,
    roleSessionName: config.roleSessionName,
    roleExternalId: config.roleExternalID,
    roleDurationSeconds: config.roleDurationSeconds,
    connectTimeoutMs: Math.min(5000, config.requestTimeout),
    maxConnections: config.maxConnections
  }
}
