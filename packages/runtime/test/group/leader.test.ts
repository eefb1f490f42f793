import t from 'tap'
import { Leader } from '../../src/group/leader.ts'
import { noWork, readAssignment, writeMetadata } from '../../src/group/protocol.ts'

const clock = { maxDelayMs: 300_000, now: () => 0 }
const round = { leaderId: 'a', completed: 0, generation: 1 }
const member = (id: string, version: number, configOffset: number): { id: string, metadata: Uint8Array } =>
  ({ id, metadata: writeMetadata({ version, url: `http://${id}/`, configOffset, current: noWork }) })

t.test('everybody learns the leader, its address and the config offset', async t => {
  const leader = new Leader({ configOffset: () => 7, configured: () => new Map([['x', 2]]), refresh: async () => true }, clock)
  const answers = await leader.assign([member('a', 2, 5), member('b', 2, 7)], { ...round, protocol: 'sessioned' })
  for (const id of ['a', 'b']) {
    t.match(readAssignment(answers.get(id) ?? new Uint8Array()), { version: 2, error: 0, leader: 'a', leaderUrl: 'http://a/', configOffset: 7 })
  }
  t.equal([...answers.values()].map(bytes => readAssignment(bytes).assigned.tasks.length).reduce((a, b) => a + b), 2)
})

t.test('a leader behind its members reads on first, and when it cannot, sends everybody to read', async t => {
  let offset = 3
  const readable = new Leader({ configOffset: () => offset, configured: () => new Map(), refresh: async () => { offset = 9; return true } }, clock)
  const fresh = await readable.assign([member('a', 2, 3), member('b', 2, 9)], { ...round, protocol: 'sessioned' })
  t.match(readAssignment(fresh.get('b') ?? new Uint8Array()), { error: 0, configOffset: 9 })
  const stuck = new Leader({ configOffset: () => 3, configured: () => new Map(), refresh: async () => false }, clock)
  const refused = await stuck.assign([member('a', 2, 3), member('b', 2, 9)], { ...round, protocol: 'sessioned' })
  t.match(readAssignment(refused.get('a') ?? new Uint8Array()), { error: 1, configOffset: 9 })
})

t.test('one eager worker takes the group down to whole assignments in version 0', async t => {
  const leader = new Leader({ configOffset: () => 1, configured: () => new Map([['x', 1]]), refresh: async () => true }, clock)
  const answers = await leader.assign([member('a', 0, 1), member('b', 0, 1)], { ...round, protocol: 'default' })
  t.match(readAssignment(answers.get('a') ?? new Uint8Array()), { version: 0, assigned: { connectors: ['x'], tasks: [] } })
  t.match(readAssignment(answers.get('b') ?? new Uint8Array()), { version: 0, assigned: { connectors: [], tasks: [{ connector: 'x', task: 0 }] } })
})
