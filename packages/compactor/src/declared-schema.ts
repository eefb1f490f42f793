import { configError, schema, type Schema } from '@tributary/plugin'
import { schemaOfAvro } from '@tributary/sink-s3-partitioned/schemas'
import { columnReader } from './column-values.ts'

/** A schema as a plan keeps it: an Avro record, or the columns of a Hive table. */
export type DeclaredSchema = { readonly avro: unknown } | { readonly hive: readonly { readonly name: string, readonly type: string }[] }

/** Columns of a declared schema. Throws `config` for what Parquet is not written with here. */
export function schemaOfDeclared (declared: DeclaredSchema): Schema {
  const columns = 'avro' in declared
    ? schemaOfAvro(declared.avro as Parameters<typeof schemaOfAvro>[0])
    : schema.struct(declared.hive.map(({ name, type }) => [name, hiveSchema(name, type)] as const))
  if (columns.type !== 'struct') throw configError('--schema must be an Avro record: its fields are the columns.')
  for (const field of columns.fields) {
    try {
      columnReader(field.schema)
    } catch (error) {
      throw configError(`The column ${field.name} ${(error as Error).message}.`, { cause: error })
    }
  }
  return columns
}

const primitives: Readonly<Record<string, () => Schema>> = {
  boolean: () => schema.of('boolean', { optional: true }),
  tinyint: () => schema.of('int8', { optional: true }),
  smallint: () => schema.of('int16', { optional: true }),
  int: () => schema.of('int32', { optional: true }),
  integer: () => schema.of('int32', { optional: true }),
  bigint: () => schema.of('int64', { optional: true }),
  float: () => schema.of('float32', { optional: true }),
  double: () => schema.of('float64', { optional: true }),
  string: () => schema.of('string', { optional: true }),
  date: () => schema.date({ optional: true }),
  timestamp: () => schema.timestamp({ optional: true })
}

/** The schema of a Hive type, such as `array<struct<a:int,b:decimal(10,2)>>`; everything may be null. */
function hiveSchema (column: string, type: string): Schema {
  let rest = type.toLowerCase().replaceAll(' ', '')
  const wrong = (): Error => configError(`The column ${column} has the type ${type} in the catalog, which is not written to Parquet here. Give --schema, or leave the files as they are.`)
  const take = (pattern: RegExp): string | null => {
    const [found] = pattern.exec(rest) ?? []
    if (found === undefined) return null
    rest = rest.slice(found.length)
    return found
  }
  const parse = (): Schema => {
    const name = take(/^[a-z]+/) ?? ''
    if (name === 'varchar' || name === 'char') {
      take(/^\(\d+\)/)
      return schema.of('string', { optional: true })
    }
    if (name === 'decimal') {
      const [precision = '10', scale = '0'] = take(/^\(\d+(,\d+)?\)/)?.slice(1, -1).split(',') ?? []
      return schema.decimal(Number(scale), { optional: true, parameters: { 'connect.decimal.precision': precision } })
    }
    const primitive = primitives[name]
    if (primitive !== undefined) return primitive()
    if (name !== 'array' && name !== 'struct') throw wrong()
    if (take(/^</) === null) throw wrong()
    const made = name === 'array' ? schema.array(parse(), { optional: true }) : schema.struct(fields(), { optional: true })
    if (take(/^>/) === null) throw wrong()
    return made
  }
  const fields = (): [string, Schema][] => {
    const found: [string, Schema][] = []
    do {
      const name = take(/^[^:<>,]+(?=:)/)
      if (name === null) throw wrong()
      take(/^:/)
      found.push([name, parse()])
    } while (take(/^,/) !== null)
    return found
  }
  const made = parse()
  if (rest !== '') throw wrong()
  return made
}
