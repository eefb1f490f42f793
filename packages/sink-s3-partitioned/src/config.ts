import type { Infer } from '@tributary/plugin'
import { Password, t } from '@tributary/plugin'
import { latePolicies } from './late.ts'
import { prefixProblem, templateProblem } from './object-name.ts'
import { codecs } from './compression.ts'
import { compatibilities } from './schema-compatibility.ts'

/** The least that S3 takes as a part of an upload, but for the last one. */
export const minPartBytes = 5 * 1024 * 1024
const off = 'Off when -1.'

/** Where objects go and with which rights. */
const storage = {
  's3.bucket.name': t.string({ description: 'Bucket that objects are written to. It must exist.', importance: 'HIGH', nonEmpty: true, group: 'S3' }),
  's3.elastic.buffer.enable': t.boolean({ description: 'Taken for compatibility: buffers always grow with what they hold, within buffer.memory.', default: false, importance: 'LOW', group: 'S3' }),
  's3.elastic.buffer.init.capacity': t.int({ description: 'Taken for compatibility, as s3.elastic.buffer.enable.', default: 131_072, importance: 'LOW', group: 'S3' }),
  'enable.conditional.writes': t.boolean({ description: 'Taken for compatibility: every object is written only where there is none of its name.', default: true, importance: 'LOW', group: 'S3' }),
  's3.region': t.string({ description: 'AWS region of the bucket.', default: 'us-west-2', importance: 'MEDIUM', group: 'S3' }),
  'store.url': t.string({ description: 'Address of an S3 other than AWS, such as http://127.0.0.1:9000.', default: null, importance: 'HIGH', group: 'S3' }),
  's3.path.style.access.enabled': t.boolean({ description: 'Puts the bucket into the path of a request instead of the host name.', default: true, group: 'S3' }),
  's3.wan.mode': t.boolean({ description: 'Uses S3 transfer acceleration; not together with path style access.', default: false, group: 'S3' }),
  's3.part.size': t.int({ description: 'Size of the parts of an upload in bytes; at most a sixteenth of buffer.memory.', default: 26_214_400, min: minPartBytes, importance: 'HIGH', group: 'S3' }),
  's3.part.retries': t.int({ description: 'Retries of one request before it counts as failed; a failed commit is itself tried again.', default: 3, min: 0, group: 'S3' }),
  's3.retry.backoff.ms': t.long({ description: 'Wait before the first retry of a request in milliseconds; doubles with each, with jitter.', default: 200, min: 0, importance: 'LOW', group: 'S3' }),
  'retry.backoff.ms': t.long({ description: 'Wait before a failed commit is tried again in milliseconds; doubles up to 30 s.', default: 5000, min: 0, importance: 'LOW', group: 'S3' }),
  's3.max.connections': t.int({ description: 'Requests under way at once, for all partitions of a task.', default: 24, min: 1, max: 1000, importance: 'LOW', group: 'S3' }),
  's3.send.digest': t.boolean({ description: 'Sends a CRC32 of every object and part, which S3 compares. Switch off for servers that know no checksums.', default: true, importance: 'LOW', group: 'S3' }),
  's3.http.send.expect.continue': t.boolean({ description: 'Asks the server for leave before a body is sent.', default: true, importance: 'LOW', group: 'S3' }),
  's3.proxy.url': t.string({ description: 'Proxy for requests to S3, such as http://proxy:3128. A user and password in it count where s3.proxy.user and s3.proxy.password are not given.', default: null, importance: 'LOW', group: 'S3' }),
  's3.proxy.user': t.string({ description: 'User of the proxy.', default: null, importance: 'LOW', group: 'S3' }),
  's3.proxy.password': t.password({ description: 'Password of the proxy.', default: null, importance: 'LOW', group: 'S3' }),
  'aws.access.key.id': t.string({ description: 'Access key. Without it, credentials come from where AWS tools look: environment, profile, instance role.', default: '', importance: 'HIGH', group: 'S3' }),
  'aws.secret.access.key': t.password({ description: 'Secret of the access key.', default: new Password(''), importance: 'HIGH', group: 'S3' }),
  's3.credentials.provider.class': t.string({ description: 'Java name of a credentials provider; default chain and assume role are known.', default: 'com.amazonaws.auth.DefaultAWSCredentialsProviderChain', importance: 'LOW', group: 'S3' }),
  's3.credentials.provider.sts.role.arn': t.string({ description: 'Role to take on.', default: null, aliases: ['aws.sts.role.arn'], group: 'S3' }),
  's3.credentials.provider.sts.role.session.name': t.string({ description: 'Session name of the role.', default: 'tributary', aliases: ['aws.sts.role.session.name'], group: 'S3' }),
  's3.credentials.provider.sts.role.external.id': t.string({ description: 'External id that the role demands.', default: null, aliases: ['aws.sts.role.external.id'], group: 'S3' }),
  's3.ssea.name': t.enum(['', 'AES256', 'aws:kms'], { description: 'Encryption on the side of S3.', default: '', importance: 'LOW', group: 'S3' }),
  's3.sse.kms.key.id': t.string({ description: 'KMS key of aws:kms.', default: '', importance: 'LOW', group: 'S3' }),
  's3.sse.customer.key': t.password({ description: 'Key of SSE-C, base64 of 32 bytes.', default: null, importance: 'LOW', group: 'S3' }),
  's3.acl.canned': t.string({ description: 'Canned ACL of objects, such as bucket-owner-full-control.', default: null, importance: 'LOW', group: 'S3' }),
  's3.object.tagging': t.boolean({ description: 'Tags objects with their first and last offset and the number of records.', default: false, importance: 'LOW', group: 'S3' }),
  's3.object.tagging.key.value.pairs': t.list({ description: 'More tags, as key:value.', default: [], importance: 'LOW', group: 'S3' }),
  's3.object.behavior.on.tagging.error': t.enum(['ignore', 'fail'], { description: 'What to do when tagging fails.', default: 'ignore', importance: 'LOW', group: 'S3' })
} as const

/** What objects hold and how they are named. */
const layout = {
  'storage.class': t.string({ description: "Java class of the storage; only S3's is known.", default: 'io.confluent.connect.s3.storage.S3Storage', importance: 'LOW', group: 'Format' }),
  'format.class': t.string({ description: 'Format of objects: JsonFormat, ByteArrayFormat, AvroFormat or ParquetFormat of io.confluent.connect.s3.format, or json, bytes, avro, parquet.', default: 'json', importance: 'HIGH', group: 'Format' }),
  's3.compression.type': t.enum(codecs, { description: 'Codec of JSON and byte objects.', default: 'none', ignoreCase: true, importance: 'LOW', group: 'Format' }),
  's3.compression.level': t.int({ description: "Level of the codec; -1: the codec's default.", default: -1, min: -1, max: 22, importance: 'LOW', group: 'Format' }),
  'format.bytearray.extension': t.string({ description: 'Extension of byte objects.', default: '.bin', importance: 'LOW', group: 'Format' }),
  'format.bytearray.separator': t.string({ description: 'What stands behind each record of a byte object; \\n and \\t are understood, "none": nothing.', default: null, importance: 'LOW', group: 'Format' }),
  'json.decimal.format': t.enum(['BASE64', 'NUMERIC'], { description: 'How decimals are written in JSON.', default: 'BASE64', ignoreCase: true, importance: 'LOW', group: 'Format' }),
  'avro.codec': t.enum(['null', 'deflate', 'snappy', 'bzip2', 'zstandard'], { description: 'Codec inside Avro objects.', default: 'null', importance: 'LOW', group: 'Format' }),
  'parquet.codec': t.enum(['none', 'snappy', 'gzip', 'zstd'], { description: 'Codec inside Parquet objects.', default: 'snappy', ignoreCase: true, importance: 'LOW', group: 'Format' }),
  'value.schema': t.string({
    description: 'Avro record schema of the values, as JSON or the path of a file, for Avro and Parquet of records without a schema. Without it their schema is worked out for each file from its records. Its fields are the columns of the table too, in every format.',
    default: null, importance: 'LOW', group: 'Format'
  }),
  'topics.dir': t.string({ description: 'Prefix of all objects.', default: 'topics', importance: 'HIGH', group: 'Names', check: prefixProblem }),
  'directory.delim': t.string({ description: 'Separator of directories.', default: '/', importance: 'MEDIUM', group: 'Names' }),
  'file.delim': t.string({ description: 'Separator inside file names.', default: '+', importance: 'MEDIUM', group: 'Names' }),
  'filename.offset.zero.pad.width': t.int({ description: 'Digits of offsets in file names.', default: 10, min: 0, importance: 'LOW', group: 'Names' }),
  'file.name.template': t.string({
    description: 'File name without its extension, from {{topic}}, {{partition}}, {{start_offset}}, {{end_offset}} and {{records}}; {{start_offset:padding=true}} adds zeros.',
    default: null, importance: 'LOW', group: 'Names', check: value => templateProblem(value)
  }),
  'partition.columns.drop': t.boolean({ description: 'Leaves fields out of objects that the directory names already, such as state in state=WA/.', default: false, importance: 'LOW', group: 'Format' }),
  'error.prefix': t.string({ description: 'Prefix for records that cannot be stored, as JSON documents with the reason. Empty: they are reported to the worker, which follows errors.tolerance.', default: '', importance: 'MEDIUM', group: 'Names', check: prefixProblem }),
  'behavior.on.null.values': t.enum(['fail', 'ignore', 'write'], { description: 'What to do with records without a value; write needs store.kafka.keys.', default: 'fail', ignoreCase: true, importance: 'LOW', group: 'Format' }),
  'tombstone.encoded.partition': t.string({ description: 'Directory of records without a value when they are written.', default: 'tombstone', importance: 'LOW', group: 'Format' }),
  'report.null.values.to.dlq': t.boolean({ description: 'Sends ignored records without a value to the dead letter queue, if there is one.', default: true, importance: 'LOW', group: 'Format' }),
  'store.kafka.keys': t.boolean({ description: 'Stores keys in a file beside each object.', default: false, importance: 'LOW', group: 'Format' }),
  'store.kafka.headers': t.boolean({ description: 'Stores headers in a file beside each object.', default: false, importance: 'LOW', group: 'Format' }),
  'keys.format.class': t.string({ description: 'Format of key files.', default: 'json', importance: 'LOW', group: 'Format' }),
  'headers.format.class': t.string({ description: 'Format of header files.', default: 'json', importance: 'LOW', group: 'Format' }),
  'schema.compatibility': t.enum(compatibilities, { description: 'NONE: any change of the schema ends a file of Avro or Parquet. BACKWARD, FULL: records of an older schema are brought to that of the open file; FORWARD: those of a newer one. Schemas need versions, as those of a registry have.', default: 'NONE', ignoreCase: true, importance: 'HIGH', group: 'Format' })
} as const

/** Into which directories records go. */
const partitioning = {
  'partitioner.class': t.string({ description: 'DefaultPartitioner, FieldPartitioner, TimeBasedPartitioner, DailyPartitioner or HourlyPartitioner of io.confluent.connect.storage.partitioner; or tributary.s3.FieldPartitioner and tributary.s3.TimeAndFieldPartitioner, which take maps too and escape values as Hive does.', default: 'io.confluent.connect.storage.partitioner.DefaultPartitioner', importance: 'HIGH', group: 'Partitioner' }),
  's3.schema.partition.affix.type': t.enum(['NONE', 'PREFIX', 'SUFFIX'], { description: 'Whether directories begin or end with the name of the record\'s schema, as schema_name=shop.Order.', default: 'NONE', importance: 'LOW', group: 'Partitioner' }),
  'partition.header': t.string({ description: 'Header that holds the directory of a record, as the EventTimePartition transform writes it; it goes before the partitioner.', default: 'tributary.partition', importance: 'MEDIUM', group: 'Partitioner' }),
  'partition.field.name': t.list({ description: 'Fields whose values make the directories; dots lead into nested ones.', default: [], importance: 'MEDIUM', group: 'Partitioner' }),
  'partition.duration.ms': t.long({ description: 'Span of one directory in milliseconds, for TimeBasedPartitioner.', default: -1, importance: 'MEDIUM', group: 'Partitioner' }),
  'path.format': t.string({ description: "Joda pattern of the directories, with text in quotes, such as 'ot='YYYYMMddHH.", default: '', importance: 'MEDIUM', group: 'Partitioner' }),
  locale: t.string({ description: 'Locale of the pattern.', default: '', importance: 'MEDIUM', group: 'Partitioner' }),
  timezone: t.string({ description: 'Time zone of the directories, such as Asia/Shanghai.', default: '', importance: 'MEDIUM', group: 'Partitioner' }),
  'timestamp.extractor': t.string({ description: 'Wallclock, Record (the time of the Kafka record) or RecordField.', default: 'Wallclock', importance: 'MEDIUM', group: 'Partitioner' }),
  'timestamp.field': t.string({ description: 'Field of the event time for RecordField; dots lead into nested fields.', default: 'timestamp', importance: 'MEDIUM', group: 'Partitioner' }),
  'timestamp.unit': t.enum(['s', 'ms', 'us', 'ns', 'iso', 'pattern'], { description: 'What the field counts since 1970; iso: ISO 8601 text; pattern: text or digits by timestamp.pattern.', default: 'ms', ignoreCase: true, importance: 'MEDIUM', group: 'Partitioner' }),
  'timestamp.pattern': t.string({ description: "How timestamp.unit=pattern reads the field, in the letters of Java's SimpleDateFormat, such as yyyy-MM-dd HH:mm:ss. All of the text has to fit; without an offset in it, it is a time in the timezone.", default: '', importance: 'MEDIUM', group: 'Partitioner' }),
  'late.after.ms': t.long({ description: `A record is late when its event time lies this many milliseconds behind the latest one of its partition. ${off}`, default: -1, min: -1, importance: 'LOW', group: 'Partitioner' }),
  'late.policy': t.enum(latePolicies, { description: 'Where late records go: accept, to their directory; side, under late=true/; report, to the dead letter queue.', default: 'accept', importance: 'LOW', group: 'Partitioner' })
} as const

/** When a file is complete; each directory for itself. */
const rotation = {
  'flush.size': t.int({ description: `Records of an object. ${off}`, default: -1, min: -1, importance: 'HIGH', group: 'Rotation' }),
  'rotate.bytes': t.long({ description: `Bytes of an object before compression. ${off}`, default: -1, min: -1, importance: 'HIGH', group: 'Rotation' }),
  'rotate.interval.ms': t.long({ description: `Span of event time in an object, in milliseconds. ${off}`, default: -1, min: -1, importance: 'HIGH', group: 'Rotation' }),
  'rotate.schedule.interval.ms': t.long({ description: `Ends all objects at multiples of this after midnight, in milliseconds of wall-clock time. ${off}`, default: -1, min: -1, importance: 'MEDIUM', group: 'Rotation' }),
  'rotate.age.ms': t.long({ description: `Wall-clock time since the first record of an object, in milliseconds. ${off}`, default: -1, min: -1, importance: 'HIGH', group: 'Rotation' }),
  'rotate.idle.ms': t.long({ description: `Wall-clock time without another record for an object, in milliseconds. ${off}`, default: -1, min: -1, importance: 'MEDIUM', group: 'Rotation' }),
  'rotate.file.on.partition.change': t.boolean({ description: 'Taken for compatibility: an object never ends because the next record belongs elsewhere.', default: true, importance: 'LOW', group: 'Rotation' }),
  'flush.on.close': t.boolean({ description: 'Stores what is buffered when the task stops or gives a partition up, instead of reading it again later. Waits up to 30 seconds, 5 of them for an S3 that fails.', default: false, importance: 'LOW', group: 'Rotation' }),
  'buffer.memory': t.long({ description: 'Bytes that a task takes for its open files. A quarter holds their content, beyond which the coldest move to disk; a quarter holds objects on their way to S3; the rest is for what surrounds it.', default: 67_108_864, min: 1_048_576, importance: 'MEDIUM', group: 'Rotation' }),
  'buffer.disk': t.long({ description: 'Bytes that the buffers of a task hold on disk; beyond it the oldest files are stored early.', default: 1_073_741_824, min: 0, importance: 'MEDIUM', group: 'Rotation' }),
  'buffer.dir': t.string({ description: 'Folder for buffers on disk.', default: null, importance: 'LOW', group: 'Rotation' }),
  'max.write.duration.ms': t.long({ description: 'Longest wait of one put for room, in milliseconds.', default: 10_000, min: 0, importance: 'LOW', group: 'Rotation' }),
  'ledger.prefix': t.string({ description: 'Prefix of the ledgers that make the sink exactly once. Readers of tables skip names that begin with an underscore.', default: '_tributary', importance: 'LOW', group: 'Names', nonEmpty: true, check: prefixProblem })
} as const

/** The bytes as the feed delivered them, beside the objects and under the same ledger. The keys behind `raw.copy.` are those of the raw copy connector. */
const rawCopy = {
  'raw.copy': t.boolean({ description: 'Keeps every record as the feed delivered it too, before converters and transforms, byte for byte, exactly once, with the position that counts for both.', default: false, importance: 'MEDIUM', group: 'Raw copy' }),
  'raw.copy.topics.dir': t.string({ description: 'Prefix of the raw copy.', default: 'raw', importance: 'MEDIUM', group: 'Raw copy', nonEmpty: true, check: prefixProblem }),
  'raw.copy.path.format': t.string({ description: 'Joda pattern of its directories, by the time of arrival.', default: 'YYYY/MM/dd/HH', importance: 'LOW', group: 'Raw copy', nonEmpty: true }),
  'raw.copy.timezone': t.string({ description: 'Time zone of its directories.', default: 'UTC', importance: 'LOW', group: 'Raw copy', nonEmpty: true }),
  'raw.copy.file.name.template': t.string({ description: 'File name without its extension; see file.name.template.', default: '{{topic}}-{{partition}}-{{start_offset}}-{{end_offset}}', importance: 'LOW', group: 'Raw copy', check: value => templateProblem(value) }),
  'raw.copy.format.bytearray.separator': t.string({ description: 'What stands behind each record; \\n and \\t are understood, "none": nothing.', default: 'none', importance: 'LOW', group: 'Raw copy' }),
  'raw.copy.format.bytearray.extension': t.string({ description: 'Extension of its objects.', default: '', importance: 'LOW', group: 'Raw copy' }),
  'raw.copy.s3.compression.type': t.enum(codecs, { description: 'Codec of its objects.', default: 'none', ignoreCase: true, importance: 'LOW', group: 'Raw copy' }),
  'raw.copy.rotate.bytes': t.long({ description: 'Bytes of an object before compression.', default: 134_217_728, min: 1, importance: 'LOW', group: 'Raw copy' }),
  'raw.copy.rotate.age.ms': t.long({ description: 'Wall-clock time since the first record of an object, in milliseconds.', default: 300_000, min: 1, importance: 'LOW', group: 'Raw copy' })
} as const

/** How tables hear of new directories. */
const catalog = {
  'glue.database': t.string({ description: 'Glue database whose tables are made, and whose partitions are registered, once objects are visible. Empty: none.', default: '', importance: 'MEDIUM', group: 'Catalog' }),
  'glue.table': t.string({ description: 'Table of the objects. Empty: the topic in lower case, with _ for what Glue does not take.', default: '', importance: 'MEDIUM', group: 'Catalog' }),
  'glue.endpoint': t.string({ description: 'Address of a Glue other than AWS.', default: null, importance: 'LOW', group: 'Catalog' }),
  'glue.projection': t.boolean({ description: 'Gives the table the properties of Athena partition projection instead of registering partitions.', default: false, importance: 'LOW', group: 'Catalog' }),
  'glue.projection.from': t.string({ description: 'First value of projected dates, in their format, such as 2019010100; for directories of a year alone its year counts.', default: '', importance: 'LOW', group: 'Catalog' }),
  'hive.ddl.file': t.string({ description: 'Local file that statements are appended to, to be run in their order, for catalogs without an API: CREATE TABLE, ALTER TABLE ... ADD COLUMNS, CHANGE COLUMN and ADD IF NOT EXISTS PARTITION.', default: null, importance: 'LOW', group: 'Catalog' })
} as const

export const config = t.object({ ...storage, ...layout, ...partitioning, ...rotation, ...rawCopy, ...catalog })

/** The same keys with the defaults of a raw copy: bytes as they come, directories by arrival time, names with first and last offset. */
export const rawCopyConfig = t.object({
  ...config.keys,
  'format.class': { ...config.keys['format.class'], default: 'bytes' },
  'format.bytearray.separator': { ...config.keys['format.bytearray.separator'], default: 'none' },
  'format.bytearray.extension': { ...config.keys['format.bytearray.extension'], default: '' },
  'topics.dir': { ...config.keys['topics.dir'], default: 'raw' },
  'partitioner.class': { ...config.keys['partitioner.class'], default: 'TimeBasedPartitioner' },
  'partition.duration.ms': { ...config.keys['partition.duration.ms'], default: 3_600_000 },
  'path.format': { ...config.keys['path.format'], default: 'YYYY/MM/dd/HH' },
  locale: { ...config.keys.locale, default: 'en' },
  timezone: { ...config.keys.timezone, default: 'UTC' },
  'timestamp.extractor': { ...config.keys['timestamp.extractor'], default: 'Record' },
  'file.name.template': { ...config.keys['file.name.template'], default: '{{topic}}-{{partition}}-{{start_offset}}-{{end_offset}}' },
  'error.prefix': { ...config.keys['error.prefix'], default: 'raw-errors' },
  'rotate.bytes': { ...config.keys['rotate.bytes'], default: 134_217_728 },
  'rotate.age.ms': { ...config.keys['rotate.age.ms'], default: 300_000 }
})
export type S3SinkConfig = Infer<typeof config>
