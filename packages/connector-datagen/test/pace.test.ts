import t from 'tap'
import { randomPauses, steady, unlimited } from '../src/pace.ts'

const signal = new AbortController().signal

t.test('a steady pace comes to its rate', async t => {
  const pace = steady(2000, signal)
  const start = performance.now()
  let made = 0
  while (made < 500) made += await pace.due(500 - made) ?? 0
  const seconds = (performance.now() - start) / 1000
  t.ok(seconds > 0.2495 - 0.001, `500 records took ${seconds} s`)
})

t.test('what was missed is made up for at once', async t => {
  const pace = steady(1000, signal)
  await pace.due(1)
  const late = performance.now() + 50
  while (performance.now() < late) { /* spend the time */ }
  t.ok(await pace.due(1000) as number >= 50)
})

t.test('pauses of less than a millisecond are none', async t => {
  const pace = randomPauses(1, signal)
  t.equal(await pace.due(300), 300)
})

t.test('pauses come before every record', async t => {
  const start = performance.now()
  const pace = randomPauses(21, signal, () => 0.5)
  for (let made = 0; made < 5;) made += await pace.due(5) as number
  t.ok(performance.now() - start >= 50)
})

t.test('a stopped pace says so', async t => {
  const stopped = AbortSignal.abort()
  t.equal(await unlimited(stopped).due(5), null)
  t.equal(await steady(1, stopped).due(5), null)
  t.equal(await randomPauses(1000, stopped).due(5), null)
})
