import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { startKafka, uniqueName } from '@tributary/testing'
import { answerTo, type Answer } from './answers.ts'
import { startWorker, type Kind } from './connect-process.ts'
import { differences } from './differences.ts'
import { requests } from './requests.ts'

/** Sends all requests to a worker of its own and collects the answers by name. */
async function interview (kind: Kind, bootstrap: string): Promise<Map<string, Answer>> {
  const folder = await mkdtemp(join(tmpdir(), `tributary-${kind}-`))
  await writeFile(join(folder, 'in.txt'), 'one\ntwo\n')
  const worker = await startWorker(kind, { mode: 'standalone', folder, bootstrap })
  try {
    const answers = new Map<string, Answer>()
    const names = { url: worker.url, folder, topic: uniqueName(kind) }
    for (const request of requests) answers.set(request.name, await answerTo(request, names))
    return answers
  } finally {
    await worker.stop()
  }
}

t.test('Tributary answers every request as Java\'s Kafka Connect does, or as its list of differences says', { timeout: 280_000 }, async t => {
  // A Kafka of their own, and one after the other: both use the consumer groups of the same connectors.
  const kafka = await startKafka({ folder: await mkdtemp(join(tmpdir(), 'tributary-kafka-')) })
  t.teardown(() => kafka.stop())
  const java = await interview('java', kafka.bootstrap)
  const ours = await interview('tributary', kafka.bootstrap)
  t.ok(requests.length >= 120, `${requests.length} requests`)
  for (const { name } of requests) {
    const difference = differences[name]
    if (difference === undefined) {
      t.same(ours.get(name), java.get(name), name)
      continue
    }
    t.equal(ours.get(name)?.status, difference.status, `${name}: ${difference.why}`)
    t.notSame(ours.get(name), java.get(name), `${name} still differs`)
  }
})
