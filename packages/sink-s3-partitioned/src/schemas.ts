// What other writers of the same tables share with the sink.
export { schemaOfAvro } from './avro-schema.ts'
export { partitionValues } from './field-directories.ts'
export { exactJson, parseExact } from './infer-schema.ts'
export { parquetSchemaOf } from './parquet-schema.ts'
export { tableFormats } from './table.ts'
