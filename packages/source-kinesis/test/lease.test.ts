import { readFileSync } from 'node:fs'
import t from 'tap'
import { isEnded, itemOf, leaseOf, type Item } from '../src/lease.ts'

interface Vector { client: string, mode: string, states: { state: string, items: Item[] }[] }

const vectors = ['2.7.1', '3.3.0-compat', '3.3.0-3x'].map(name => JSON.parse(readFileSync(new URL(`vectors/${name}.json`, import.meta.url), 'utf8')) as Vector)

t.test('every item that Java KCL workers wrote is read, and nothing known of it is lost', async t => {
  for (const { client, mode, states } of vectors) {
    for (const { state, items } of states) {
      for (const item of items) {
        const lease = leaseOf(item)
        if (lease === null) throw new Error(`${client} ${state} was not read.`)
        const again = itemOf(lease)
        for (const [name, value] of Object.entries(again)) t.same(value, item[name], `${client} ${mode}: ${state}: ${name}`)
        const foreign = Object.keys(item).filter(name => !(name in again))
        t.same(foreign.filter(name => !/^(pendingCheckpoint|throughputKBps|checkpointOwner)/.test(name)), [])
      }
    }
  }
})

t.test('states of the Java KCL mean the same here', async t => {
  const find = (text: string) => vectors[0]?.states.find(({ state }) => state === text)?.items.flatMap(item => leaseOf(item) ?? []) ?? []
  t.match(find('created'), [{ owner: null, counter: 0, checkpoint: 'TRIM_HORIZON' }])
  t.match(find('checkpoint inside an aggregate'), [{ subSequence: 6 }])
  t.equal(find('split: parent at SHARD_END').filter(isEnded).length, 1)
  t.equal(find('split: parent at SHARD_END').find(isEnded)?.children.length, 2)
})

t.test('items of other kinds in the same table are no leases', async t => {
  t.equal(leaseOf({ wid: { S: 'worker' }, lut: { N: '1' } }), null)
  t.equal(leaseOf({ leaseKey: { S: 'Leader' }, entityType: { S: 'COORDINATOR' }, checkpoint: { S: 'x' } }), null)
})
