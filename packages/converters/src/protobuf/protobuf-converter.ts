import { defineConverter, t } from '@tributary/plugin'
import { dialectOf, protobufKeys } from './protobuf-dialect.ts'
import { ProtobufFormat } from './protobuf-format.ts'
import { ConfluentSchemas } from '../registry/confluent-schemas.ts'
import { registryKeys } from '../registry/registry-config.ts'
import { RegistryConverter } from '../registry/registry-converter.ts'

/** Confluent's `io.confluent.connect.protobuf.ProtobufConverter`: Protobuf with the id of its schema in a registry. */
export const protobufConverter = defineConverter({
  summary: 'Protobuf with a schema registry, in Confluent\'s wire format.',
  config: t.object({ ...registryKeys, ...protobufKeys }),
  create: (config, { isKey }) => new RegistryConverter({
    isKey, format: new ProtobufFormat(dialectOf(config)), cacheSize: config['schemas.cache.config'], store: new ConfluentSchemas(config, { isKey, kind: 'PROTOBUF' }), secondary: null
  })
})
