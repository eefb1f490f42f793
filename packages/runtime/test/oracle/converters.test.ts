import { readFileSync } from 'node:fs'
import t from 'tap'
import { kinds } from '../../src/oracle/converters.ts'
import { normal } from './normal.ts'

interface Case { id: string, kind: string, expected: { error?: { class: string } } }

// What Kafka Connect 4.3.1 itself answered, in the form of the oracle's cases. Numbers of a schema or value are compared as numbers.
const cases = readFileSync(new URL('./java-answers.jsonl', import.meta.url), 'utf8').trim().split('\n').map(line => JSON.parse(line) as Case)

/** A slip of Java's that here is an error of the data. */
function isSlip (className: string): boolean { return className === 'java.lang.NullPointerException' }

const titles = {
  'values.parse': 'text is guessed as Java guesses it',
  'values.convert': 'values are converted as Java converts them',
  toConnectData: 'JSON is read as Java reads it',
  fromConnectData: 'values are written byte for byte as Java writes them',
  fromConnectHeader: 'headers are written as Java writes them'
} as const

for (const [kind, title] of Object.entries(titles)) {
  t.test(title, async t => {
    const wrong = cases.filter(one => one.kind === kind).filter(one => {
      const { expected, ...given } = one
      const actual = kinds[kind]!(given) as Case['expected']
      return expected.error === undefined
        ? JSON.stringify(normal(actual)) !== JSON.stringify(normal(expected))
        : actual.error === undefined || (actual.error.class !== expected.error.class && !isSlip(expected.error.class))
    })
    t.strictSame(wrong.map(({ id }) => id), [])
    t.ok(cases.filter(one => one.kind === kind).length > 50)
  })
}
