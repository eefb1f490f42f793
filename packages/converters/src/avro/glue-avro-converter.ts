import { configError, configOf, defineConverter, t } from '@tributary/plugin'
import type { Infer, RawConfig } from '@tributary/plugin'
import { choiceOf, flavorKeys, glueAvro } from './avro-flavor.ts'
import { AvroFormat } from './avro-format.ts'
import { ConfluentSchemas } from '../registry/confluent-schemas.ts'
import { GlueSchemaRegistry } from '../registry/glue-schema-registry.ts'
import { GlueSchemas } from '../registry/glue-schemas.ts'
import { registryKeys } from '../registry/registry-config.ts'
import { RegistryConverter } from '../registry/registry-converter.ts'
import type { SchemaStore } from '../registry/schema-store.ts'

const defaultNaming = 'com.amazonaws.services.schemaregistry.common.AWSSchemaNamingStrategyDefaultImpl'
const compatibilities = ['NONE', 'DISABLED', 'BACKWARD', 'BACKWARD_ALL', 'FORWARD', 'FORWARD_ALL', 'FULL', 'FULL_ALL'] as const

const config = t.object({
  region: t.string({ description: 'AWS region of the registry. Without it that of the environment, such as AWS_REGION.', default: null, importance: 'HIGH' }),
  'registry.name': t.string({ description: 'Name of the registry.', default: 'default-registry' }),
  schemaName: t.string({ description: 'Name of the schema that all values are written with. Without it the name of their topic, for keys and values alike.', default: null }),
  schemaNameGenerationClass: t.class({ description: 'How schemas are named without schemaName: only AWSSchemaNamingStrategyDefaultImpl, by topic.', default: defaultNaming, importance: 'LOW' }),
  schemaAutoRegistrationEnabled: t.boolean({ description: 'Whether schemas that the registry does not know are registered. Otherwise they must be there.', default: false }),
  compatibility: t.enum(compatibilities, { description: 'Of schemas that are registered: what may change from version to version.', default: 'BACKWARD', ignoreCase: true }),
  description: t.string({ description: 'Of schemas that are registered.', default: null, importance: 'LOW' }),
  compression: t.enum(['NONE', 'ZLIB'], { description: 'Whether data is compressed. Both are read.', default: 'NONE', ignoreCase: true }),
  cacheSize: t.int({ description: 'How many schemas are remembered.', default: 200, min: 1 }),
  secondaryDeserializer: t.class({ description: 'io.confluent.kafka.serializers.KafkaAvroDeserializer: data in Confluent\'s wire format is read too, with the keys of AvroConverter such as schema.registry.url.', default: null }),
  endpoint: t.string({ description: 'Another address than that of AWS.', default: null, importance: 'LOW' }),
  assumeRoleArn: t.string({ description: 'ARN of a role to take on.', default: null, importance: 'LOW' }),
  assumeRoleSessionName: t.string({ description: 'Session name of that role.', default: 'kafka-connect-session', importance: 'LOW' }),
  ...flavorKeys,
  avroRecordType: t.string({ description: 'Accepted without effect: records are read by their schema.', default: null, importance: 'LOW' }),
  timeToLiveMillis: t.long({ description: 'Accepted without effect: a version of a schema never changes.', default: 86_400_000, importance: 'LOW' })
})

type Config = Infer<typeof config>

/** AWS's `com.amazonaws.services.schemaregistry.kafkaconnect.AWSKafkaAvroConverter`: Avro with the version of its schema in a registry of Glue. */
export const glueAvroConverter = defineConverter({
  summary: 'Avro with the AWS Glue schema registry.',
  config,
  create: (config, { isKey, raw }) => new RegistryConverter({
    isKey, format: new AvroFormat(glueAvro(choiceOf(config))), cacheSize: config.cacheSize, store: storeOf(config), secondary: secondaryOf(config, raw, isKey)
  })
})

function storeOf (config: Config): SchemaStore {
  if (!isClass(config.schemaNameGenerationClass, defaultNaming)) throw configError(`Invalid value ${config.schemaNameGenerationClass} for configuration schemaNameGenerationClass: Java classes cannot be loaded here. Remove the key to name schemas by topic, or set schemaName.`)
  const { 'registry.name': registryName, region, endpoint, assumeRoleArn: arn, assumeRoleSessionName: sessionName } = config
  if (endpoint !== null && !/^https?:\/\//.test(endpoint)) throw configError('Invalid value for configuration endpoint: it must start with http:// or https://.')
  const registry = new GlueSchemaRegistry({
    registryName, region, endpoint, registers: config.schemaAutoRegistrationEnabled, compatibility: config.compatibility,
    description: config.description ?? `DEFAULT-DESCRIPTION-${region ?? ''}-${registryName}`, role: arn === null || arn === '' ? null : { arn, sessionName }
  })
  return new GlueSchemas(registry, { schemaName: config.schemaName, compresses: config.compression === 'ZLIB' })
}

/** Reads what was written before a move to Glue. */
function secondaryOf ({ secondaryDeserializer: name }: Config, raw: RawConfig, isKey: boolean): SchemaStore | null {
  if (name === null || name === '') return null
  if (!isClass(name, 'io.confluent.kafka.serializers.KafkaAvroDeserializer')) throw configError(`Invalid value ${name} for configuration secondaryDeserializer: only io.confluent.kafka.serializers.KafkaAvroDeserializer is known here.`)
  return new ConfluentSchemas(configOf(t.object(registryKeys), raw), { isKey, kind: 'AVRO' })
}

function isClass (given: string, full: string): boolean { return given === full || given === full.slice(full.lastIndexOf('.') + 1) }
