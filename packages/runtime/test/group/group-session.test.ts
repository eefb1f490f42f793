import t, { type Test } from 'tap'
import type { Log } from '@tributary/plugin'
import { kafkaBootstrap, uniqueName, until } from '@tributary/testing'
import { GroupSession } from '../../src/group/group-session.ts'
import { Leader } from '../../src/group/leader.ts'
import { noWork, type ConnectProtocol, type Work } from '../../src/group/protocol.ts'
import { openKafka } from '../../src/kafka/index.ts'
import { ConfigTopic } from '../../src/storage/config-topic.ts'

const log: Log = { error () {}, warn () {}, info () {}, debug () {} }
const settings = { 'bootstrap.servers': kafkaBootstrap() }
const kafka = openKafka()

/** A member of the group that notes its work in place of doing it. */
class Member {
  readonly session: GroupSession
  readonly config: ConfigTopic
  running: Work = noWork
  readonly #end = new AbortController()
  readonly #ended: Promise<void>
  readonly #close: () => Promise<void>

  constructor (session: GroupSession, config: ConfigTopic, close: () => Promise<void>) {
    this.session = session
    this.config = config
    this.#close = close
    this.#ended = session.run(this.#end.signal)
  }

  static async start (t: Test, names: { group: string, topic: string }, options: { protocol?: ConnectProtocol, maxDelayMs?: number } = {}): Promise<Member> {
    const admin = await kafka.admin(settings)
    let member: Member | null = null
    const config = await ConfigTopic.open(kafka, admin, {
      topic: names.topic, key: 'config.storage.topic', purpose: 'connector configurations', partitions: 1, replicationFactor: 1, settings: {}, consumer: settings, producer: settings, log, leaderProducer: null,
      onChange: change => { if (change.kind !== 'target-state') member?.session.rejoin(change.kind) }
    })
    const maxDelayMs = options.maxDelayMs ?? 0
    const leader = new Leader({ configOffset: () => config.state.offset, configured: () => config.state.configured(), refresh: async () => { await config.refresh(); return true } }, { maxDelayMs, now: () => performance.now() })
    const groupMember = await kafka.groupMember(settings, { groupId: names.group, protocolType: 'connect', sessionTimeoutMs: 6000, rebalanceTimeoutMs: 10_000, heartbeatIntervalMs: 300 })
    const session = new GroupSession({
      member: groupMember, leader, protocol: options.protocol ?? 'sessioned', url: `http://${uniqueName('m')}/`, log, syncTimeoutMs: 3000, unsyncBackoffMs: 1000, maxDelayMs,
      configOffset: () => config.state.offset,
      refreshConfig: () => config.refresh(),
      stopWork: async work => { if (member !== null) member.running = { connectors: member.running.connectors.filter(one => !work.connectors.includes(one)), tasks: member.running.tasks.filter(one => !work.tasks.some(other => other.connector === one.connector && other.task === one.task)) } },
      startWork: work => { if (member !== null) member.running = work },
      onRebalanced: async () => {}
    })
    const started = new Member(session, config, async () => {
      await groupMember.close()
      await config[Symbol.asyncDispose]()
      await admin.close()
    })
    member = started
    t.teardown(() => started.stop())
    return started
  }

  /** Leaves the group as a clean stop does. */
  async stop (): Promise<void> {
    this.#end.abort()
    await this.#ended
    await this.#close()
  }

  async create (connector: string, tasks: number): Promise<void> {
    await this.config.putConnector(connector, { name: connector }, undefined)
    await this.config.putTasks(connector, Array.from({ length: tasks }, (_, task) => ({ n: String(task) })))
  }
}

function allWork (members: readonly Member[]): string[] {
  return members.flatMap(({ running }) => [...running.connectors, ...running.tasks.map(({ connector, task }) => `${connector}-${task}`)]).toSorted()
}

const wanted = ['x', 'x-0', 'x-1', 'x-2', 'y', 'y-0', 'y-1', 'y-2']

async function untilShared (what: string, members: readonly Member[]): Promise<void> {
  await until(what, () => {
    const counts = members.map(({ running }) => running.tasks.length)
    return JSON.stringify(allWork(members)) === JSON.stringify(wanted) && Math.max(...counts) - Math.min(...counts) <= 1
  })
}

for (const protocol of ['sessioned', 'eager'] as const) {
  t.test(`three ${protocol} workers share the work, and take it over from one that leaves`, { timeout: 60_000 }, async t => {
    const names = { group: uniqueName('group'), topic: uniqueName('config') }
    const first = await Member.start(t, names, { protocol })
    await first.create('x', 3)
    await first.create('y', 3)
    const second = await Member.start(t, names, { protocol })
    const third = await Member.start(t, names, { protocol })
    await untilShared('three share', [first, second, third])
    t.equal([first, second, third].filter(one => one.session.isLeader).length, 1)
    await third.stop()
    await untilShared('two share', [first, second])
    t.same(allWork([third]), [])
  })
}

t.test('an eager worker in the group takes everybody down to the old protocol', { timeout: 60_000 }, async t => {
  const names = { group: uniqueName('group'), topic: uniqueName('config') }
  const first = await Member.start(t, names)
  await first.create('x', 3)
  await first.create('y', 3)
  await untilShared('one has all', [first])
  t.equal(first.session.membership?.version, 2)
  const old = await Member.start(t, names, { protocol: 'eager' })
  await untilShared('both share', [first, old])
  t.equal(first.session.membership?.version, 0)
})
