import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { kafkaBootstrap, kafkaClassPath, uniqueName, until } from '@tributary/testing'
import t from 'tap'
import { countOf, createTopic, openConsumer, openProducer, readTopic, recordOf, textOf, valuesOf, write } from './helpers.ts'

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const lines = Array.from({ length: 300 }, (_x, i) => `line ${i} ${'abc'.repeat(i % 70)}`)

/** Runs a program of Kafka's own tools; resolves with what it prints. */
async function java (program: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn('java', ['-XX:TieredStopAtLevel=1', '-cp', kafkaClassPath(), program, '--bootstrap-server', kafkaBootstrap(), ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(input)
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  if (child.exitCode !== 0) throw new Error(`${program} ended with ${child.exitCode}: ${errors}`)
  return out
}

t.test('what Java\'s producer wrote in any codec is read', async t => {
  const topic = await createTopic(t)
  for (const codec of codecs) {
    await java('org.apache.kafka.tools.ConsoleProducer', ['--topic', topic, '--compression-codec', codec, '--reader-property', 'parse.key=true', '--reader-property', 'key.separator=|'], lines.map(line => `${codec}|${line}\n`).join(''))
  }
  const records = await readTopic(t, topic)
  t.same(records.map(({ value }) => textOf(value)), codecs.flatMap(() => lines))
  t.same(new Set(records.map(({ key }) => textOf(key))), new Set(codecs))
  const consumer = await openConsumer(t, { topics: [topic] })
  t.same(valuesOf(await consumer.until(all => countOf(all) >= lines.length * codecs.length)), codecs.flatMap(() => lines))
})

t.test('what is written here in any codec is read by Java\'s consumer', async t => {
  const topic = await createTopic(t)
  for (const codec of codecs) {
    const producer = await openProducer(t, { 'compression.type': codec })
    await write(producer, lines.map(line => recordOf(topic, line, { key: Buffer.from(codec), headers: [{ key: 'h', value: Buffer.from('1') }] })))
  }
  const out = await java('org.apache.kafka.tools.consumer.ConsoleConsumer', ['--topic', topic, '--from-beginning', '--max-messages', String(lines.length * codecs.length), '--formatter-property', 'print.key=true', '--formatter-property', 'print.headers=true', '--formatter-property', 'key.separator=|', '--formatter-property', 'headers.separator=,'])
  t.same(out.trim().split('\n'), codecs.flatMap(codec => lines.map(line => `h:1|${codec}|${line}`)))
})

t.test('a key goes where Java\'s producer puts it', async t => {
  const topic = await createTopic(t, 7)
  const keys = Array.from({ length: 100 }, (_x, i) => `key-${'k'.repeat(i % 9)}${i}`)
  await java('org.apache.kafka.tools.ConsoleProducer', ['--topic', topic, '--reader-property', 'parse.key=true', '--reader-property', 'key.separator=|'], keys.map(key => `${key}|v\n`).join(''))
  await write(await openProducer(t), keys.map(key => recordOf(topic, 'v', { key: Buffer.from(key) })))
  const places = Map.groupBy(await readTopic(t, topic), ({ key }) => textOf(key))
  t.equal(places.size, keys.length)
  t.ok(Array.from(places.values()).every(pair => pair.length === 2 && pair[0]?.partition === pair[1]?.partition))
})

t.test('a group is shared with Java\'s consumer', async t => {
  const topic = await createTopic(t, 4)
  const group = uniqueName('group')
  const consumer = await openConsumer(t, { topics: [topic] }, { 'group.id': group, 'heartbeat.interval.ms': '50' })
  await consumer.until(() => consumer.assigned.at(-1)?.length === 4)
  const other = execFile('java', ['-XX:TieredStopAtLevel=1', '-cp', kafkaClassPath(), 'org.apache.kafka.tools.consumer.ConsoleConsumer', '--bootstrap-server', kafkaBootstrap(), '--topic', topic, '--group', group, '--from-beginning', '--command-property', 'partition.assignment.strategy=org.apache.kafka.clients.consumer.RangeAssignor'])
  const ended = once(other, 'exit')
  t.teardown(() => { other.kill('SIGKILL') })
  let printed = ''
  other.stdout?.on('data', (part: string) => { printed += part })
  await consumer.until(() => consumer.assigned.at(-1)?.length === 2)
  const mine = new Set(consumer.assigned.at(-1)?.map(({ partition }) => partition))
  const producer = await openProducer(t)
  await write(producer, [0, 1, 2, 3].map(partition => recordOf(topic, `in ${partition}`, { partition })))
  const batches = await consumer.until(all => countOf(all) >= 2)
  t.same(valuesOf(batches).sort(), [...mine].map(partition => `in ${partition}`))
  const read = (): string[] => printed.split('\n').filter(line => line.startsWith('in ')).sort()
  await until('Java has the rest', () => read().length === 2)
  t.same(read(), [0, 1, 2, 3].filter(partition => !mine.has(partition)).map(partition => `in ${partition}`))
  other.kill('SIGTERM')
  await ended
  await consumer.until(() => consumer.assigned.at(-1)?.length === 4)
})
