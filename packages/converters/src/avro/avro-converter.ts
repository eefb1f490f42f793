import { defineConverter, t } from '@tributary/plugin'
import { confluentAvro, confluentChoiceOf, confluentFlavorKeys } from './avro-flavor.ts'
import { AvroFormat } from './avro-format.ts'
import { ConfluentSchemas } from '../registry/confluent-schemas.ts'
import { registryKeys } from '../registry/registry-config.ts'
import { RegistryConverter } from '../registry/registry-converter.ts'

/** Confluent's `io.confluent.connect.avro.AvroConverter`: Avro with the id of its schema in a registry. */
export const avroConverter = defineConverter({
  summary: 'Avro with a schema registry, in Confluent\'s wire format.',
  config: t.object({ ...registryKeys, ...confluentFlavorKeys }),
  create: (config, { isKey }) => new RegistryConverter({
    isKey, format: new AvroFormat(confluentAvro(confluentChoiceOf(config))), cacheSize: config['schemas.cache.config'], store: new ConfluentSchemas(config, { isKey, kind: 'AVRO' }), secondary: null
  })
})
