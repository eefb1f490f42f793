import { parseAvroSchema } from '../src/avro-schema.ts'
import { compileGenerator } from '../src/generator.ts'
import { JavaRandom } from '../src/java-random.ts'

/** The first values of a type, as datagen makes them: a new seed after each record. */
export function valuesOf (type: unknown, count: number, options: { seed?: number, first?: number } = {}): unknown[] {
  const random = new JavaRandom(options.seed ?? 1)
  const { schema } = parseAvroSchema(JSON.stringify(type))
  const make = compileGenerator(schema, { random, count: { first: options.first ?? 0, stride: 1 } })
  return Array.from({ length: count }, () => {
    const value = make()
    random.reseed()
    return value
  })
}

/** The share of each value. */
export function shares (values: readonly unknown[]): Record<string, number> {
  const counts = Map.groupBy(values, String)
  return Object.fromEntries([...counts].map(([value, all]) => [value, all.length / values.length]))
}
