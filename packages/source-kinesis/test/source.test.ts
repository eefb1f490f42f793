import t, { type Test } from 'tap'
import { MergeShardsCommand, SplitShardCommand } from '@aws-sdk/client-kinesis'
import type { SourceOffset, SourceRecord } from '@tributary/plugin'
import { awsEndpoint, until } from '@tributary/testing'
import { kinesisSource, kinesisSourceConfig, type KinesisSourceConfig } from '../src/index.ts'
import { createStream, numbered } from './helpers.ts'
import { startKinesisLocal } from './kinesis-local.ts'

/** Runs a task as a worker would, with offsets in a map; each record that was pulled counts as acknowledged. */
function startSource (t: Test, given: Partial<KinesisSourceConfig> & { 'stream.name': string }, stored = new Map<string, SourceOffset>()) {
  const defaults = Object.fromEntries(Object.entries(kinesisSourceConfig.keys).map(([key, { default: value }]) => [key, value ?? null]))
  const config = { ...defaults, region: 'us-east-1', endpoint: awsEndpoint(), 'idle.between.reads.ms': 200, 'shard.sync.interval.ms': 1000, ...given } as KinesisSourceConfig
  const stop = new AbortController()
  const records: SourceRecord[] = []
  const ignore = (): void => {}
  const run = async (): Promise<void> => {
    const batches = kinesisSource.read({
      task: { connector: 'test', task: 0 }, config, raw: {}, signal: stop.signal, transaction: null, onCommit: ignore,
      log: { error: ignore, warn: ignore, info: ignore, debug: ignore },
      offsets: async partitions => partitions.map(partition => stored.get(String(partition['shard'])) ?? null)
    })
    for await (const batch of batches) {
      for (const record of batch) {
        records.push(record)
        stored.set(String(record.sourcePartition?.['shard']), record.sourceOffset ?? {})
      }
    }
  }
  const ended = run()
  ended.catch(() => {})
  const end = async (): Promise<void> => {
    stop.abort()
    await ended
  }
  t.teardown(() => end().catch(() => {}))
  return { records, stored, end, texts: () => records.map(({ value }) => Buffer.from(value as Uint8Array).toString()) }
}

t.test('partition key, data and arrival time become key, value and timestamp', async t => {
  const stream = await createStream(t, 2)
  await stream.put(numbered('r', 100))
  const source = startSource(t, { 'stream.name': stream.name, 'kafka.topic': 'copy' })
  await until('records', () => source.records.length >= 100)
  t.same(source.texts().sort(), numbered('r', 100).sort())
  const [record] = source.records
  t.match(record, { topic: 'copy', partition: null, keySchema: { type: 'string' }, valueSchema: { type: 'bytes' } })
  t.equal(record?.key, Buffer.from(record?.value as Uint8Array).toString())
  t.ok(Math.abs(Date.now() - (record?.timestamp ?? 0)) < 600_000)
  t.match(record?.sourceOffset, { sequence: /^\d+$/, subSequence: 0 })
})

t.test('a restart goes on after the stored offsets, without gap or repeat', async t => {
  const stream = await createStream(t, 2)
  await stream.put(numbered('first', 100))
  const first = startSource(t, { 'stream.name': stream.name })
  await until('records', () => first.records.length === 100)
  await first.end()
  await stream.put(numbered('second', 100))
  const second = startSource(t, { 'stream.name': stream.name }, first.stored)
  await until('records', () => second.records.length >= 100)
  t.same(second.texts().sort(), numbered('second', 100).sort())
})

t.test('tasks share the shards, each shard in one task', async t => {
  const stream = await createStream(t, 5)
  const { signal } = new AbortController()
  const ignore = (): void => {}
  const config = { ...Object.fromEntries(Object.entries(kinesisSourceConfig.keys).map(([key, { default: value }]) => [key, value ?? null])), region: 'us-east-1', endpoint: awsEndpoint(), 'stream.name': stream.name } as KinesisSourceConfig
  const configs = await kinesisSource.tasks?.(config, { connector: 'test', signal, maxTasks: 2, raw: { a: 'b' }, log: { error: ignore, warn: ignore, info: ignore, debug: ignore }, requestTaskReconfiguration: ignore })
  const shards = configs?.map(task => task['task.shards']?.split(','))
  t.same(shards?.map(ids => ids?.length), [3, 2])
  t.same(new Set(shards?.flat()), new Set((await stream.shards()).map(({ id }) => id)))
})

t.test('a stop ends the task within a second', async t => {
  const stream = await createStream(t, 1)
  const source = startSource(t, { 'stream.name': stream.name })
  await stream.put(['r'])
  await until('record', () => source.records.length === 1)
  const begun = performance.now()
  await source.end()
  t.ok(performance.now() - begun < 1000)
})

t.test('over splits and merges, parents come before children, also after a restart', async t => {
  const endpoint = await startKinesisLocal(t)
  const stream = await createStream(t, 1, endpoint)
  await stream.put(numbered('a', 50))
  const first = startSource(t, { 'stream.name': stream.name, endpoint })
  await until('first', () => first.records.length === 50)
  const [parent] = await stream.shards()
  await stream.client.send(new SplitShardCommand({ StreamName: stream.name, ShardToSplit: parent?.id, NewStartingHashKey: String(1n << 127n) }))
  await stream.isActive()
  await stream.put(numbered('b', 50))
  await until('children', () => first.records.length === 100)
  await first.end()
  const [, low, high] = await stream.shards()
  await stream.client.send(new MergeShardsCommand({ StreamName: stream.name, ShardToMerge: low?.id, AdjacentShardToMerge: high?.id }))
  await stream.isActive()
  await stream.put(numbered('c', 50))
  const second = startSource(t, { 'stream.name': stream.name, endpoint }, first.stored)
  await until('merged', () => second.records.length >= 50)
  t.same(second.texts(), numbered('c', 50))
  const fresh = startSource(t, { 'stream.name': stream.name, endpoint })
  await until('all', () => fresh.records.length >= 150)
  t.same(fresh.texts().map(text => text[0]).join(''), 'a'.repeat(50) + 'b'.repeat(50) + 'c'.repeat(50))
})
