import { defineConverter, t } from '@tributary/plugin'
import { ConfluentSchemas } from '../registry/confluent-schemas.ts'
import { dialectOf, jsonSchemaKeys } from './json-schema-dialect.ts'
import { JsonSchemaFormat } from './json-schema-format.ts'
import { registryKeys } from '../registry/registry-config.ts'
import { RegistryConverter } from '../registry/registry-converter.ts'

/** Confluent's `io.confluent.connect.json.JsonSchemaConverter`: JSON with the id of its JSON Schema in a registry. */
export const jsonSchemaConverter = defineConverter({
  summary: 'JSON whose JSON Schema is in a schema registry, in Confluent\'s wire format.',
  config: t.object({ ...registryKeys, ...jsonSchemaKeys }),
  create: (config, { isKey }) => new RegistryConverter({
    isKey, format: new JsonSchemaFormat(dialectOf(config)), cacheSize: config['schemas.cache.config'], store: new ConfluentSchemas(config, { isKey, kind: 'JSON' }), secondary: null
  })
})
