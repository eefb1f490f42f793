import { uniqueName, until } from '@tributary/testing'
import type { Test } from 'tap'
import t from 'tap'
import type { GroupMember } from '../../src/kafka/index.ts'
import { kafka, settingsOf, textOf } from './helpers.ts'

type Joined = Awaited<ReturnType<GroupMember['join']>>

interface Member { readonly name: string, readonly member: GroupMember, readonly events: string[], readonly ledRounds: string[][], join (): Promise<Joined> }

async function openMember (t: Test, groupId: string, name: string, sessionTimeoutMs = 10_000): Promise<Member> {
  const member = await kafka.groupMember(settingsOf(), { groupId, protocolType: 'connect', sessionTimeoutMs, rebalanceTimeoutMs: 10_000, heartbeatIntervalMs: 50 })
  t.teardown(() => member.close())
  const events: string[] = []
  const ledRounds: string[][] = []
  member.onRebalance(reason => { events.push(reason) })
  const join = (signal = AbortSignal.timeout(20_000)): Promise<Joined> => member.join({
    protocols: [{ name: 'sessioned', metadata: Buffer.from(name) }, { name: 'default', metadata: Buffer.from(name) }],
    assign: members => {
      ledRounds.push(members.map(({ metadata }) => textOf(metadata) ?? '').sort())
      return new Map(members.map(({ id, metadata }) => [id, Buffer.from(`work of ${textOf(metadata)}`)]))
    },
    signal
  })
  return { name, member, events, ledRounds, join }
}

t.test('the first member leads itself and gets its own assignment', async t => {
  const one = await openMember(t, uniqueName('workers'), 'one')
  const joined = await one.join()
  t.match(joined, { leaderId: joined.memberId, generation: 1, protocol: 'sessioned' })
  t.equal(textOf(joined.assignment), 'work of one')
})

t.test('a second and a third member make everybody join again; one leaves, the others go on', async t => {
  const group = uniqueName('workers')
  const [one, two, three] = [await openMember(t, group, 'one'), await openMember(t, group, 'two'), await openMember(t, group, 'three')]
  await one.join()
  const second = two.join()
  await until('the first is told', () => one.events.includes('rebalance'))
  const pair = await Promise.all([one.join(), second])
  t.equal(new Set(pair.map(({ leaderId }) => leaderId)).size, 1)
  t.same(pair.map(({ assignment }) => textOf(assignment)), ['work of one', 'work of two'])

  one.events.length = 0
  const third = three.join()
  await until('both are told', () => one.events.includes('rebalance') && two.events.includes('rebalance'))
  const all = await Promise.all([one.join(), two.join(), third])
  t.same([...one.ledRounds, ...two.ledRounds, ...three.ledRounds].at(-1), ['one', 'three', 'two'])
  t.equal(new Set(all.map(({ generation }) => generation)).size, 1)

  one.events.length = 0
  await two.member.leave()
  await until('a rest is told', () => one.events.includes('rebalance'))
  const rest = await Promise.all([one.join(), three.join()])
  t.same(rest.map(({ assignment }) => textOf(assignment)), ['work of one', 'work of three'])
})

t.test('heartbeats keep a member in for longer than its session', async t => {
  const group = uniqueName('workers')
  const one = await openMember(t, group, 'one', 6000)
  await one.join()
  const started = Date.now()
  await until('longer than a session has passed', () => Date.now() - started > 6500)
  t.same(one.events, [])
})

t.test('a member that joins again alone stays who it is', async t => {
  const one = await openMember(t, uniqueName('workers'), 'one')
  const first = await one.join()
  const second = await one.join()
  t.equal(second.memberId, first.memberId)
  t.ok(second.generation > first.generation)
})

t.test('after leaving, joining makes a new member', async t => {
  const one = await openMember(t, uniqueName('workers'), 'one')
  const first = await one.join()
  await one.member.leave()
  const second = await one.join()
  t.not(second.memberId, first.memberId)
})

t.test('an aborted join ends at once, and the next one works', async t => {
  const group = uniqueName('workers')
  const [one, two] = [await openMember(t, group, 'one'), await openMember(t, group, 'two')]
  await one.join()
  const stop = new AbortController()
  const joining = two.member.join({ protocols: [{ name: 'default', metadata: Buffer.from('two') }], assign: () => new Map(), signal: stop.signal })
  await until('the first is told', () => one.events.includes('rebalance'))
  stop.abort(new Error('enough'))
  await t.rejects(joining, { message: 'enough' })
  await two.member.leave()
  const joined = await one.join()
  t.ok(joined.generation > 1)
})

t.test('a member with no protocol in common is refused', async t => {
  const group = uniqueName('workers')
  const [one, two] = [await openMember(t, group, 'one'), await openMember(t, group, 'two')]
  await one.join()
  const odd = two.member.join({ protocols: [{ name: 'odd', metadata: Buffer.alloc(0) }], assign: () => new Map(), signal: AbortSignal.timeout(10_000) })
  await t.rejects(odd, { code: 'INCONSISTENT_GROUP_PROTOCOL', message: new RegExp(group) })
})
