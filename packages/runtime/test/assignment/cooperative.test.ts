import t from 'tap'
import fc from 'fast-check'
import { CooperativeAssignor, type CooperativeRound, type WorkingMember } from '../../src/assignment/cooperative.ts'
import { noWork, type Work } from '../../src/group/protocol.ts'

/** A group whose members do what they are told, as workers would. */
class Group {
  readonly work = new Map<string, Work>()
  readonly configured = new Map<string, number>()
  now = 1000
  #generation = 0
  #assignor = new CooperativeAssignor(300_000, () => this.now)

  round (): CooperativeRound {
    const members: WorkingMember[] = [...this.work].map(([id, current]) => ({ id, url: `http://${id}/`, current }))
    const round = this.#assignor.assign(this.configured, members, { completed: this.#generation, generation: ++this.#generation })
    for (const [id, { assigned, revoked }] of round.changes) {
      const before = this.work.get(id) ?? noWork
      this.work.set(id, {
        connectors: [...before.connectors.filter(c => !revoked.connectors.includes(c)), ...assigned.connectors],
        tasks: [...before.tasks.filter(a => !revoked.tasks.some(b => b.connector === a.connector && b.task === a.task)), ...assigned.tasks]
      })
    }
    return round
  }

  /** Rounds until nothing moves, as workers rejoin after a revocation or a delay. */
  settle (): void {
    for (let i = 0; i < 50; i++) {
      const { changes, delayMs } = this.round()
      this.now += delayMs
      const moved = [...changes.values()].some(change => change.revoked !== noWork || change.assigned !== noWork)
      if (!moved && delayMs === 0) return
    }
    throw new Error('The group does not settle.')
  }

  tasksOf (id: string): string[] { return (this.work.get(id) ?? noWork).tasks.map(({ connector, task }) => `${connector}-${task}`) }

  all (): string[] {
    return [...this.work.values()].flatMap(({ connectors, tasks }) => [...connectors, ...tasks.map(({ connector, task }) => `${connector}-${task}`)]).toSorted()
  }

  wanted (): string[] {
    return [...this.configured].flatMap(([connector, tasks]) => [connector, ...Array.from({ length: tasks }, (_, task) => `${connector}-${task}`)]).toSorted()
  }
}

function groupOf (members: readonly string[], configured: Readonly<Record<string, number>>): Group {
  const group = new Group()
  for (const id of members) group.work.set(id, noWork)
  for (const [connector, tasks] of Object.entries(configured)) group.configured.set(connector, tasks)
  return group
}

t.test('new work goes to the least loaded member, and one connector is spread', async t => {
  const group = groupOf(['a', 'b', 'c'], { x: 3, y: 3 })
  group.settle()
  t.same(group.all(), group.wanted())
  for (const id of ['a', 'b', 'c']) t.same(new Set(group.tasksOf(id).map(task => task[0])), new Set(['x', 'y']), id)
})

t.test('a new member gets its share in two rounds: first revoked, then assigned', async t => {
  const group = groupOf(['a'], { x: 4 })
  group.settle()
  group.work.set('b', noWork)
  const first = group.round()
  t.equal(first.changes.get('a')?.revoked.tasks.length, 2)
  t.same(group.tasksOf('b'), [])
  group.round()
  t.equal(group.tasksOf('b').length, 2)
  t.same(group.all(), group.wanted())
})

t.test('the work of a member that left waits for its return, and goes back to it', async t => {
  const group = groupOf(['a', 'b'], { x: 4 })
  group.settle()
  const before = group.tasksOf('b')
  group.work.delete('b')
  t.equal(group.round().delayMs, 300_000)
  t.same(group.tasksOf('a').length, 2, 'nothing moves yet')
  group.now += 100_000
  group.work.set('b2', noWork)
  t.equal(group.round().delayMs, 200_000, 'the delay goes on')
  group.now += 200_000
  group.round()
  t.same(group.tasksOf('b2').toSorted(), before.toSorted())
})

t.test('the work of a member that does not return goes to the others after the delay', async t => {
  const group = groupOf(['a', 'b', 'c'], { x: 6 })
  group.settle()
  group.work.delete('c')
  group.now += group.round().delayMs
  group.settle()
  t.same(group.all(), group.wanted())
  t.same([group.tasksOf('a').length, group.tasksOf('b').length], [3, 3])
})

t.test('deleted connectors are revoked, and work held twice is taken from both', async t => {
  const group = groupOf(['a', 'b'], { x: 2, y: 2 })
  group.settle()
  group.configured.delete('y')
  group.settle()
  t.same(group.all(), group.wanted())
  const both = { connectors: [], tasks: [{ connector: 'x', task: 0 }] }
  group.work.set('a', both)
  group.work.set('b', both)
  const { changes } = group.round()
  t.same([changes.get('a')?.revoked.tasks.length, changes.get('b')?.revoked.tasks.length], [1, 1])
  group.settle()
  t.same(group.all(), group.wanted())
})

t.test('whatever joins, leaves, is created or deleted: all work ends on exactly one member, balanced within one', async t => {
  const event = fc.oneof(
    fc.record({ kind: fc.constant('join' as const), id: fc.constantFrom('a', 'b', 'c', 'd', 'e') }),
    fc.record({ kind: fc.constant('leave' as const), id: fc.constantFrom('a', 'b', 'c', 'd', 'e') }),
    fc.record({ kind: fc.constant('create' as const), id: fc.constantFrom('x', 'y', 'z'), tasks: fc.nat({ max: 7 }) }),
    fc.record({ kind: fc.constant('delete' as const), id: fc.constantFrom('x', 'y', 'z') })
  )
  fc.assert(fc.property(fc.array(event, { maxLength: 12 }), fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), (events, settle) => {
    const group = groupOf(['m'], {})
    events.forEach((one, i) => {
      if (one.kind === 'join' && !group.work.has(one.id)) group.work.set(one.id, noWork)
      if (one.kind === 'leave') group.work.delete(one.id)
      if (one.kind === 'create') group.configured.set(one.id, one.tasks)
      if (one.kind === 'delete') group.configured.delete(one.id)
      if (settle[i]) group.settle()
      else group.round()
    })
    group.settle()
    group.now += 300_000
    group.settle()
    const tasks = [...group.work.keys()].map(id => group.tasksOf(id).length)
    return JSON.stringify(group.all()) === JSON.stringify(group.wanted()) && Math.max(...tasks) - Math.min(...tasks) <= 1
  }), { numRuns: 300 })
  t.pass('300 histories')
})
