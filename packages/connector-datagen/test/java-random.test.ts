import { readFileSync } from 'node:fs'
import t from 'tap'
import { JavaRandom } from '../src/java-random.ts'

interface Vectors { random: { seed: string, draws: string[] }[] }
const { random } = JSON.parse(readFileSync(new URL('fixtures/java-random.json', import.meta.url), 'utf8')) as Vectors

t.test('draws are those of java.util.Random, whatever the kind and seed', async t => {
  for (const { seed, draws } of random) {
    const ours = new JavaRandom(BigInt(seed))
    const found = Array.from({ length: 3 }, () => [
      ours.nextInt(), ours.nextBelow(10), ours.nextBelow(64), ours.nextBelow(1_500_000_000), ours.nextLong(), ours.nextDouble(), ours.nextFloat(),
      ours.nextBoolean(), Buffer.from(ours.nextBytes(7)).toString('hex'), ours.reseed()
    ]).flat()
    t.same(found.map(value => typeof value === 'number' ? Number(value) : value), draws.map((text, i) => {
      if (i % 10 === 7) return text === 'true'
      if (i % 10 === 8) return text
      if (i % 10 === 5 || i % 10 === 6) return Number(text)
      const long = BigInt(text)
      return Number.isSafeInteger(Number(long)) ? Number(long) : long
    }), `seed ${seed}`)
  }
})

t.test('a seed of reseed gives the same draws in a new generator', async t => {
  const first = new JavaRandom(7)
  const second = new JavaRandom(first.reseed())
  t.same(Array.from({ length: 5 }, () => second.nextLong()), Array.from({ length: 5 }, () => first.nextLong()))
})

t.test('small longs are numbers, others big', async t => {
  const random = new JavaRandom(1)
  const longs = Array.from({ length: 5000 }, () => random.nextLong())
  t.ok(longs.some(long => typeof long === 'number'))
  t.ok(longs.every(long => (typeof long === 'number') === (long >= Number.MIN_SAFE_INTEGER && long <= Number.MAX_SAFE_INTEGER)))
})
