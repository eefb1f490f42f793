import t from 'tap'
import { assignEagerly } from '../../src/assignment/eager.ts'

t.test('connectors are dealt first, then all tasks, in the order of names and member ids', async t => {
  const members = [{ id: 'm2', url: 'http://2/' }, { id: 'm1', url: 'http://1/' }]
  const work = assignEagerly(new Map([['b', 2], ['a', 1]]), members)
  t.same(work.get('m1'), { connectors: ['a'], tasks: [{ connector: 'a', task: 0 }, { connector: 'b', task: 1 }] })
  t.same(work.get('m2'), { connectors: ['b'], tasks: [{ connector: 'b', task: 0 }] })
})
