import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startKafka, type LocalKafka } from '@tributary/testing'
import { groupKeys } from '../distributed/group-keys.ts'
import { answerTo, type Answer } from './answers.ts'
import { startWorker, type ConnectProcess, type Kind } from './connect-process.ts'
import { distributedDifferences } from './differences.ts'
import { distributedRequests } from './distributed-requests.ts'

interface Group { readonly leader: ConnectProcess, readonly follower: ConnectProcess, readonly folder: string }

/** Two workers; the first one leads. */
async function startGroup (t: Test, kind: Kind, kafka: LocalKafka, folder: string): Promise<Group> {
  await writeFile(join(folder, 'in.txt'), 'one\ntwo\n')
  const start = async (): Promise<ConnectProcess> => {
    const worker = await startWorker(kind, { mode: 'distributed', folder, bootstrap: kafka.bootstrap, keys: { ...groupKeys(`group-${kind}`), 'heartbeat.interval.ms': '300', 'session.timeout.ms': '10000' } })
    t.teardown(() => worker.stop('SIGKILL'))
    return worker
  }
  const leader = await start()
  return { leader, follower: await start(), folder }
}

interface Interview { readonly answers: ReadonlyMap<string, Answer>, readonly conflicts: readonly string[] }

/** Sends all requests and collects the answers by name, and the names of those that a rebalance forbade for a while. */
async function interview ({ leader, follower, folder }: Group): Promise<Interview> {
  const answers = new Map<string, Answer>()
  const conflicts: string[] = []
  for (const request of distributedRequests) {
    const [asked, other] = request.toLeader === true ? [leader, follower] : [follower, leader]
    answers.set(request.name, await answerTo(request, { url: asked.url, others: [other.url], folder, topic: 'lines' }, () => { conflicts.push(request.name) }))
  }
  return { answers, conflicts }
}

t.test('a follower of Tributary\'s group answers every request as one of Java\'s does, or as the list of differences says', { timeout: 280_000 }, async t => {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-group-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const kafka = await startKafka({ folder: join(folder, 'kafka'), isSmall: true })
  t.teardown(() => kafka.brokers[0]?.kill())
  const groups = await Promise.all((['java', 'tributary'] as const).map(async kind => startGroup(t, kind, kafka, await mkdtemp(join(folder, kind)))))
  const [javaGroup, ourGroup] = groups as [Group, Group]
  // One after the other: both use the consumer groups of the same connectors.
  const java = await interview(javaGroup)
  const ours = await interview(ourGroup)
  t.same(ours.conflicts, [], 'requests wait for a rebalance to end')
  for (const { name } of distributedRequests) {
    const difference = distributedDifferences[name]
    if (difference === undefined) {
      t.same(ours.answers.get(name), java.answers.get(name), name)
      continue
    }
    t.equal(ours.answers.get(name)?.status, difference.status, `${name}: ${difference.why}`)
    t.notSame(ours.answers.get(name), java.answers.get(name), `${name} still differs`)
  }
})
