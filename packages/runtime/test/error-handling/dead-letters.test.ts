import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { uniqueName, until } from '@tributary/testing'
import t from 'tap'
import { createTopic, readTopic, writeValues } from '../cli/kafka-helpers.ts'
import { startStandalone, testFolder } from '../cli/standalone-worker.ts'

const json = { 'value.converter': 'org.apache.kafka.connect.json.JsonConverter', 'value.converter.schemas.enable': 'false' }

t.test('without tolerance a poison record fails the task, and names the stage in the trace', async t => {
  const folder = await testFolder(t)
  const topic = uniqueName('poison')
  const name = uniqueName('poison')
  await createTopic(topic)
  await writeValues(topic, ['{"a":1}', '{"a":', '{"a":3}'])
  const worker = await startStandalone(t, { folder, worker: json, connectors: [{ name, 'connector.class': 'FileStreamSink', topics: topic, file: join(folder, 'out') }] })
  t.match(await worker.taskIs(name, 'FAILED'), /^org\.apache\.kafka\.connect\.errors\.ConnectException: Tolerance exceeded in error handler[^]*Caused by: org\.apache\.kafka\.connect\.errors\.DataException/)
  t.equal(await worker.metric('connect_task_error_total_record_errors'), 1)
})

t.test('with tolerance poison goes to the dead letter queue with its context, and the rest arrives', async t => {
  const folder = await testFolder(t)
  const topic = uniqueName('poison')
  const deadLetters = uniqueName('dead')
  const name = uniqueName('poison')
  await createTopic(topic)
  await writeValues(topic, ['{"a":1}', '{"a":', '{"a":3}'])
  const worker = await startStandalone(t, {
    folder, worker: json,
    connectors: [{
      name, 'connector.class': 'FileStreamSink', topics: topic, file: join(folder, 'out'),
      'errors.tolerance': 'all', 'errors.log.enable': 'true', 'errors.log.include.messages': 'true',
      'errors.deadletterqueue.topic.name': deadLetters, 'errors.deadletterqueue.topic.replication.factor': '1', 'errors.deadletterqueue.context.headers.enable': 'true'
    }]
  })
  await until('the good records are out', async () => (await readFile(join(folder, 'out'), 'utf8').catch(() => '')).split('\n').length === 3)
  await until('the offsets are committed', async () => JSON.stringify((await worker.request('GET', `/connectors/${name}/offsets`)).body).includes('"kafka_offset":3'))
  const [letter, ...others] = await readTopic(deadLetters)
  t.same(others, [])
  t.equal(letter?.value, '{"a":')
  const headers = letter?.headers ?? {}
  t.same(Object.keys(headers), ['topic', 'partition', 'offset', 'connector.name', 'task.id', 'stage', 'class.name', 'exception.class.name', 'exception.message', 'exception.stacktrace'].map(key => `__connect.errors.${key}`))
  t.match(headers, {
    '__connect.errors.topic': topic,
    '__connect.errors.partition': '0',
    '__connect.errors.offset': '1',
    '__connect.errors.connector.name': name,
    '__connect.errors.task.id': '0',
    '__connect.errors.stage': 'VALUE_CONVERTER',
    '__connect.errors.class.name': 'org.apache.kafka.connect.json.JsonConverter',
    '__connect.errors.exception.class.name': 'org.apache.kafka.connect.errors.DataException'
  })
  t.match(await worker.log(), `Error encountered in task ${name}-0. Executing stage 'VALUE_CONVERTER' with class 'org.apache.kafka.connect.json.JsonConverter', where consumed record is {topic='${topic}', partition=0, offset=1, timestamp=1573573055000, timestampType=CreateTime}.`)
  t.equal(await worker.metric('connect_task_error_deadletterqueue_produce_requests'), 1)
  t.equal(await worker.metric('connect_task_error_total_records_skipped'), 1)
})

t.test('a record that the sink itself refuses is reported with its bytes, and counts as done', async t => {
  const folder = await testFolder(t)
  const topic = uniqueName('refused')
  const deadLetters = uniqueName('dead')
  const name = uniqueName('refused')
  await createTopic(topic)
  await writeValues(topic, ['one', 'bad two', 'three'])
  const worker = await startStandalone(t, {
    folder,
    connectors: [{
      name, 'connector.class': 'ReportingSink', topics: topic, file: join(folder, 'out'),
      'errors.tolerance': 'all', 'errors.deadletterqueue.topic.name': deadLetters, 'errors.deadletterqueue.topic.replication.factor': '1', 'errors.deadletterqueue.context.headers.enable': 'true'
    }]
  })
  await until('the offsets are committed', async () => JSON.stringify((await worker.request('GET', `/connectors/${name}/offsets`)).body).includes('"kafka_offset":3'))
  t.equal(await readFile(join(folder, 'out'), 'utf8'), 'one\nthree\n')
  t.match(await readTopic(deadLetters), [{
    value: 'bad two',
    headers: { '__connect.errors.stage': 'TASK_PUT', '__connect.errors.class.name': 'org.apache.kafka.connect.sink.SinkTask', '__connect.errors.exception.message': 'The target refused it.' }
  }])
})
