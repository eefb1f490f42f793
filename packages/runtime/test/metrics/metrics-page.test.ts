import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { uniqueName, until } from '@tributary/testing'
import t from 'tap'
import { metricsOf } from '../../src/cli/setting.ts'
import { discoverPlugins } from '../../src/discovery/discover.ts'
import { createTopic, writeValues } from '../cli/kafka-helpers.ts'
import { startStandalone, testFolder } from '../cli/standalone-worker.ts'

t.test('the page tells what runs, and what it has done of late', async t => {
  const folder = await testFolder(t)
  const topic = uniqueName('measured')
  const name = uniqueName('measured')
  const file = join(folder, 'out')
  await createTopic(topic)
  await writeValues(topic, ['one', 'two', 'three'])
  const worker = await startStandalone(t, {
    folder,
    worker: { 'metrics.sample.window.ms': '1000', 'metrics.num.samples': '3' },
    connectors: [{
      name, 'connector.class': 'FileStreamSink', topics: topic, file, 'value.converter': 'StringConverter',
      transforms: 'hoist', 'transforms.hoist.type': 'org.apache.kafka.connect.transforms.HoistField$Value', 'transforms.hoist.field': 'line', 'transforms.hoist.predicate': 'never',
      predicates: 'never', 'predicates.never.type': 'TopicNameMatches', 'predicates.never.pattern': 'none'
    }]
  })
  await until('the records are written', async () => (await readFile(file, 'utf8').catch(() => '')) === 'one\ntwo\nthree\n')
  const ofLate = ['connect_connector_task_batch_size_max', 'connect_connector_task_batch_size_avg', 'connect_sink_task_put_batch_avg_time_ms']
  const page = await until('they are counted', async () => {
    const text = await (await fetch(`${worker.url}/metrics`)).text()
    return ofLate.every(metric => text.includes(`\n${metric}{`)) && text
  })
  const kafka = 'org.apache.kafka.connect.'
  const version = '[^"]+'
  for (const line of [
    `connect_connector_info{connector="${name}",connector_type="sink",connector_class="org.apache.kafka.connect.file.FileStreamSinkConnector",connector_version="${version}"} 1`,
    `connect_connector_task_info{connector="${name}",task="0",connector_type="sink",connector_class="${kafka}file.FileStreamSinkConnector",connector_version="${version}",task_class="${kafka}file.FileStreamSinkTask",task_version="${version}",`
      + `key_converter_class="${kafka}storage.StringConverter",key_converter_version="${version}",value_converter_class="${kafka}storage.StringConverter",value_converter_version="${version}",`
      + `header_converter_class="${kafka}storage.SimpleHeaderConverter",header_converter_version="${version}"} 1`,
    `connect_connector_transform_info{connector="${name}",task="0",transform="hoist",transform_class="${kafka}transforms.HoistField$Value",transform_version="${version}"} 1`,
    `connect_connector_predicate_info{connector="${name}",task="0",predicate="never",predicate_class="${kafka}transforms.predicates.TopicNameMatches",predicate_version="${version}"} 1`,
    `connect_app_info{version="${version}",commit_id="unknown"} 1`
  ]) t.match(page, new RegExp(`^${line.replace(/[${}.]/g, '\\$&')}$`, 'm'))
  await until('it is forgotten', async () => {
    const text = await (await fetch(`${worker.url}/metrics`)).text()
    return ofLate.every(metric => !text.includes(`\n${metric}{`))
  })
  t.equal(await worker.metric('connect_sink_task_sink_record_send_total'), 3)
  t.equal(await worker.metric('connect_sink_task_sink_record_send_rate'), 0)
})

t.test('a worker that is still starting has a page, and fills it later', async t => {
  const page = metricsOf(discoverPlugins({ pluginPath: [], workerFile: null }), () => null)
  const text = await page.metrics()
  t.match(text, /^connect_app_info_start_time_ms \d+$/m)
  t.notMatch(text, /^connect_worker_task_startup_attempts_total /m)
})
