import { readFileSync } from 'node:fs'
import t from 'tap'
import { Decimal } from '@tributary/plugin'
import { parseAvroSchema, type AvroSchema } from '../src/avro-schema.ts'
import { logicalKind } from '../src/avro-kinds.ts'
import { compileGenerator } from '../src/generator.ts'
import { JavaRandom } from '../src/java-random.ts'
import { quickstarts } from '../src/quickstarts/index.ts'

/** Records of Confluent's avro-random-generator on Java 17, each with the seed drawn after it. */
interface Vector { schema: string, seed: string, count: number, records: { value: unknown, next: string }[] }
const vectors = JSON.parse(readFileSync(new URL('fixtures/java-records.json', import.meta.url), 'utf8')) as Vector[]

function schemaText (name: string): string {
  if (name.startsWith('quickstart.')) return quickstarts[name.slice('quickstart.'.length)]!.schema
  const file = name === 'orders_schema.avro' ? '../../../examples/orders/orders_schema.avro' : `fixtures/${name}`
  return readFileSync(new URL(file, import.meta.url), 'utf8')
}

function twosComplement (value: bigint): string {
  for (let bytes = 1; ; bytes++) {
    if (BigInt.asIntN(bytes * 8, value) === value) return BigInt.asUintN(bytes * 8, value).toString(16).padStart(bytes * 2, '0')
  }
}

/** What Java wrote down of a value, as Connect has it here. */
function comparable (schema: AvroSchema, value: unknown): unknown {
  const kind = logicalKind(schema)
  if (value instanceof Date) return String(kind === 'date' ? value.getTime() / 86_400_000 : value.getTime())
  if (value instanceof Decimal) return twosComplement(value.unscaled)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  switch (schema.type) {
    case 'record': return Object.fromEntries(schema.fields.map(field => [field.name, comparable(field.schema, (value as Record<string, unknown>)[field.name])]))
    case 'array': return (value as unknown[]).map(item => comparable(schema.inner!, item))
    case 'map': return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, comparable(schema.inner!, item)]))
    case 'union': {
      if (value === null) return null
      if (schema.branches.length === 2) return comparable(schema.branches[1]!, value)
      const [[name, inner]] = Object.entries(value as object) as [[string, unknown]]
      return comparable(schema.branches.find(branch => (branch.fullName?.split('.').at(-1) ?? branch.type) === name)!, inner)
    }
    default: return value
  }
}

/** Numbers are text in the vectors, since JSON would round some; a double is compared as the number it is. */
function sameNumbers (found: unknown, expected: unknown): unknown {
  if (typeof found === 'bigint') return String(found)
  if (typeof found === 'number') return typeof expected === 'string' && Object.is(Number(expected), found) ? expected : found
  if (Array.isArray(found)) return found.map((item, i) => sameNumbers(item, (expected as unknown[])[i]))
  if (typeof found !== 'object' || found === null) return found
  return Object.fromEntries(Object.entries(found).map(([key, item]) => [key, sameNumbers(item, (expected as Record<string, unknown> | null)?.[key])]))
}

for (const { schema: name, seed, count, records } of vectors) {
  t.test(`the records of ${name} from seed ${seed}, record ${count}, are those of Java`, async t => {
    const { schema } = parseAvroSchema(schemaText(name))
    const random = new JavaRandom(BigInt(seed))
    const make = compileGenerator(schema, { random, count: { first: count, stride: 1 } })
    for (const { value, next } of records) {
      t.same(sameNumbers(comparable(schema, make()), value), value)
      t.equal(String(random.reseed()), next)
    }
  })
}
