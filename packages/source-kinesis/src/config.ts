import { t, type Infer } from '@tributary/plugin'
import { endpointKey, type Connection } from '@tributary/kinesis'

const mebibyte = 1024 * 1024

function checkTimestamp (value: string, key: string): string | null {
  return Number.isNaN(timestampOf(value).getTime()) ? `${key} must be a time such as 2026-11-23T08:00:00Z, or seconds since 1970.` : null
}

/** A point in time from ISO 8601 text or seconds since 1970. */
export function timestampOf (value: string): Date {
  return /^\d+(\.\d+)?$/.test(value.trim()) ? new Date(Number(value) * 1000) : new Date(value)
}

/** Keys to reach a stream; shared by the feed and the source. */
export const streamKeys = {
  'stream.name': t.string({ description: 'Stream to read.', importance: 'HIGH', nonEmpty: true }),
  region: t.string({ description: 'AWS region. Default: AWS_REGION or the profile.', default: null, importance: 'HIGH' }),
  endpoint: endpointKey('Where Kinesis is, instead of AWS\'s endpoint of the region.'),
  'dynamodb.endpoint': endpointKey('Where DynamoDB is, instead of AWS\'s endpoint of the region.'),
  'sts.endpoint': endpointKey('Where STS is, used with role.arn.'),
  'role.arn': t.string({ description: 'Role to assume. Default: the credentials that AWS tools find by themselves.', default: null }),
  'role.session.name': t.string({ description: 'Session name of the assumed role.', default: 'tributary-source-kinesis', nonEmpty: true }),
  'role.external.id': t.password({ description: 'External id the role asks for.', default: null }),
  'role.duration.seconds': t.int({ description: 'How long the role is assumed at a time, in seconds.', default: 3600, min: 900, max: 43200 }),
  'initial.position': t.enum(['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP'], { description: 'Where to start a shard that has no checkpoint: at its oldest record, after its newest, or at initial.timestamp.', default: 'TRIM_HORIZON', ignoreCase: true }),
  'initial.timestamp': t.string({ description: 'For initial.position=AT_TIMESTAMP: ISO 8601 time, or seconds since 1970.', default: null, check: checkTimestamp }),
  deaggregate: t.boolean({ description: 'Takes apart records that the Kinesis Producer Library packed together. Offsets are then sequence number * 2^24 + index within the aggregate, so this must not change while checkpoints of sinks count on it.', default: true }),
  'max.records': t.int({ description: 'Records asked for in one GetRecords call.', default: 10000, min: 1, max: 10000 }),
  'idle.between.reads.ms': t.int({ description: 'Wait between two reads of a shard that is read to its end, in milliseconds. Kinesis allows five reads a second and shard over all readers; a shard that is behind is read that often.', default: 1000, min: 200 }),
  'read.ahead.bytes': t.long({ description: 'Bytes of a task\'s shards held in memory before they are asked for.', default: 32 * mebibyte, min: 1 }),
  'shard.sync.interval.ms': t.int({ description: 'How often the stream is asked for new shards, in milliseconds. Children of a shard that ends are found at once.', default: 60_000, min: 1000 })
} as const

/** Keys of the feed, all with the prefix `feed.` in a connector's file. */
export const kinesisFeedConfig = t.object({
  ...streamKeys,
  'application.name': t.string({ description: 'Name of the DynamoDB table that holds leases and checkpoints; it is made if absent. Tasks and KCL 2.x workers with the same name share the shards.', importance: 'HIGH', nonEmpty: true }),
  'failover.ms': t.int({ description: 'A worker that has not renewed its lease for this long, in milliseconds, loses it to another.', default: 10_000, min: 500 })
})

/** Keys of the source connector. */
export const kinesisSourceConfig = t.object({
  ...streamKeys,
  'kafka.topic': t.string({ description: 'Topic to write to. Default: the name of the stream.', default: null, importance: 'HIGH' }),
  'task.shards': t.list({ description: 'Shards of one task; set by the connector itself.', default: [], importance: 'LOW' })
})

export type KinesisSourceConfig = Infer<typeof kinesisSourceConfig>
export type KinesisFeedConfig = Infer<typeof kinesisFeedConfig>
const streamConfig = t.object(streamKeys)

/** What feed and source have in common. */
export type StreamConfig = Infer<typeof streamConfig>

/** How to reach Kinesis, or DynamoDB. */
export function connectionOf (config: StreamConfig, service: 'kinesis' | 'dynamodb'): Connection {
  return {
    region: config.region,
    endpoint: service === 'kinesis' ? config.endpoint : config['dynamodb.endpoint'],
    stsEndpoint: config['sts.endpoint'],
    roleArn: config['role.arn'],
    roleSessionName: config['role.session.name'],
    roleExternalId: config['role.external.id'],
    roleDurationSeconds: config['role.duration.seconds'],
    connectTimeoutMs: 5000,
    maxConnections: 50
  }
}
