import { defineConverter, t } from '@tributary/plugin'
import { AvroConverter } from './avro-converter.ts'
import { choiceOf, confluentAvro, flavorKeys } from './avro-flavor.ts'
import { ConfluentAvroSchemas } from './confluent-avro-schemas.ts'
import { registryKeys } from './registry-config.ts'

/** Confluent's `io.confluent.connect.avro.AvroConverter`: Avro with the id of its schema in a registry. */
export const avroConverter = defineConverter({
  summary: 'Avro with a schema registry, in Confluent\'s wire format.',
  config: t.object({ ...registryKeys, ...flavorKeys }),
  create: (config, { isKey }) => new AvroConverter({
    isKey, flavor: confluentAvro(choiceOf(config)), cacheSize: config['schemas.cache.config'], schemas: new ConfluentAvroSchemas(config, isKey), secondary: null
  })
})
