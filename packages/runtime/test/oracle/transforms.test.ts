import { readFileSync } from 'node:fs'
import t from 'tap'
import { kinds } from '../../src/oracle/transforms.ts'
import { normal } from './normal.ts'

interface Case { id: string, kind: string, expected: { error?: { class: string, message: string } } }

// What Kafka Connect 4.3.1 itself answered, in the form of the oracle's cases.
const cases = readFileSync(new URL('./transform-answers.jsonl', import.meta.url), 'utf8').trim().split('\n').map(line => JSON.parse(line) as Case)

for (const [kind, title] of [['transform', 'transforms do as Java\'s'], ['predicate', 'predicates answer as Java\'s'], ['chain', 'a chain refuses what Java\'s does, in its words']] as const) {
  t.test(title, async t => {
    const own = cases.filter(one => one.kind === kind)
    for (const { expected, ...given } of own) {
      const actual = await kinds[kind]!(given) as Case['expected']
      if (expected.error === undefined) t.same(normal(actual), normal(expected), given.id)
      else t.ok(actual.error !== undefined && (kind !== 'chain' || actual.error.message === expected.error.message), given.id)
    }
    t.ok(own.length > 0)
  })
}
