import t from 'tap'
import { uniqueName, until } from '@tributary/testing'

t.test('no two unique names are equal', async t => {
  const names = new Set(Array.from({ length: 1000 }, () => uniqueName('orders')))
  t.equal(names.size, 1000)
})

t.test('until tells what it waited for and why it failed last', async t => {
  const error = await until('the moon', () => { throw new Error('clouds') }, 60).then(() => null, (error: Error) => error)
  t.match(error?.message, /60 ms in vain: the moon/)
  t.match(error?.cause, { message: 'clouds' })
})
