import { readFileSync } from 'node:fs'
import t from 'tap'
import { kinds } from '../../src/oracle/converters.ts'

interface Case { id: string, kind: string, text?: string, expected: { error?: { class: string } } }

// What Kafka Connect 4.3.1 itself answered, in the form of the oracle's cases. Numbers of a schema or value are compared as numbers.
const cases = readFileSync(new URL('./java-answers.jsonl', import.meta.url), 'utf8').trim().split('\n').map(line => JSON.parse(line) as Case)

/** Maps are compared without regard to order, parts that are null as absent. */
function normal (value: unknown, name = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map(item => normal(item))
    return name === 'map' ? items.sort((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1) : items
  }
  if (typeof value !== 'object' || value === null) return name === 'float32' && typeof value === 'number' ? Math.fround(value) : value
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== null).sort(([a], [b]) => a < b ? -1 : 1).map(([key, part]) => [key, normal(part, key)]))
}

for (const [kind, title] of [['values.parse', 'text is guessed as Java guesses it'], ['toConnectData', 'JSON is read as Java reads it']] as const) {
  t.test(title, async t => {
    const wrong = cases.filter(one => one.kind === kind).filter(one => {
      const { expected, ...given } = one
      const actual = kinds[kind]!(given) as Case['expected']
      return expected.error === undefined
        ? JSON.stringify(normal(actual)) !== JSON.stringify(normal(expected))
        : actual.error?.class !== expected.error.class
    })
    t.strictSame(wrong.map(({ id, text }) => `${id} ${text}`), [])
    t.ok(cases.filter(one => one.kind === kind).length > 100)
  })
}
