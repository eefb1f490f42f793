import { readFileSync } from 'node:fs'
import t from 'tap'
import { JavaRandom } from '../../src/java-random.ts'
import { RegexText } from '../../src/regex/regex-text.ts'

interface Vector { pattern: string, seed: string, min: number, max: number, texts?: string[], after?: string, error?: 'refused' | 'overflow' }
const { regex } = JSON.parse(readFileSync(new URL('../fixtures/java-random.json', import.meta.url), 'utf8')) as { regex: Vector[] }

t.test('texts and the state afterwards are those of Generex', async t => {
  for (const { pattern, seed, min, max, texts, after, error } of regex) {
    const name = `${pattern} ${min}..${max}`
    const random = new JavaRandom(BigInt(seed))
    const draw = (): string[] => {
      const text = new RegexText(pattern, { random, min, max })
      return Array.from({ length: 6 }, () => text.next())
    }
    if (error === 'refused') t.throws(draw, SyntaxError, name)
    else if (error === 'overflow') t.throws(draw, { code: 'DATAGEN_REGEX' }, name)
    else {
      t.same(draw(), texts, name)
      t.equal(String(random.nextLong()), after, `${name}: draws used`)
    }
  }
})

t.test('a wrong pattern says what is expected where', async t => {
  const options = { random: new JavaRandom(1), min: 1, max: 9 }
  t.throws(() => new RegexText('ab(c', options), /expected "\)" at position 4/)
  t.throws(() => new RegexText('a{x}', options), /expected a number at position 2/)
  t.throws(() => new RegexText('[a', options), /expected "\]" at position 2/)
  t.throws(() => new RegexText('<a>', options), /expected two numbers/)
})

t.test('a pattern of too many states is refused', async t => {
  t.throws(() => new RegexText('(abc){1,90000}', { random: new JavaRandom(1), min: 1, max: 9 }), /more than 100000 states/)
})
