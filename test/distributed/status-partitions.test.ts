import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kafkaBootstrap, uniqueName, until } from '@tributary/testing'
import { openKafka } from '@tributary/runtime/kafka'
import t from 'tap'
import { startWorker } from '../conformance/connect-process.ts'
import { groupKeys } from './group-keys.ts'

interface Task { id: number, worker_id: string, partitions?: { topic: string, partition: number, position: number, committed: number, lag: number }[] }

t.test('every worker shows the partitions of all tasks of a sink, wherever they run', { timeout: 240_000 }, async t => {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-status-'))
  const topic = uniqueName('shown')
  const name = uniqueName('shown')
  const settings = { 'bootstrap.servers': kafkaBootstrap() }
  const admin = await openKafka().admin(settings)
  await admin.create({ name: topic, partitions: 4, replicationFactor: 1, configs: {} })
  await admin.close()
  const producer = await openKafka().producer({ ...settings, acks: 'all' })
  await producer.send(Array.from({ length: 40 }, (_, i) => ({ topic, partition: i % 4, key: null, value: Buffer.from(String(i)), timestamp: null, headers: [] })), () => {})
  await producer.flush({ signal: AbortSignal.timeout(10_000) })
  await producer.close(1000)
  const group = groupKeys(uniqueName('connect-status'))
  const workers = []
  for (let i = 0; i < 2; i++) {
    const worker = await startWorker('tributary', { mode: 'distributed', folder, keys: { ...group, 'rest.status.partitions': 'true' } })
    t.teardown(() => worker.stop('SIGKILL'))
    workers.push(worker)
  }
  const [first, second] = workers as [typeof workers[0], typeof workers[0]]
  await until('the connector is created', async () => (await fetch(`${first.url}/connectors/${name}/config`, {
    method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ 'connector.class': 'FileStreamSink', topics: topic, file: join(folder, 'out'), 'tasks.max': '2' })
  })).status === 201, 60_000)
  const status = async (url: string): Promise<Task[]> => (await (await fetch(`${url}/connectors/${name}/status`)).json() as { tasks: Task[] }).tasks
  for (const worker of [first, second]) {
    const tasks = await until('all positions are shown', async () => {
      const shown = await status(worker.url)
      return shown.length === 2 && shown.every(({ partitions }) => partitions?.length === 2 && partitions.every(({ position, committed, lag }) => position === 10 && committed === 10 && lag === 0)) ? shown : null
    }, 60_000)
    t.equal(new Set(tasks!.map(task => task.worker_id)).size, 2, 'each worker has a task')
    t.same(tasks!.flatMap(({ partitions }) => partitions!).toSorted((a, b) => a.partition - b.partition), [0, 1, 2, 3].map(partition => ({ topic, partition, position: 10, committed: 10, lag: 0, uncommitted_since: null })))
  }
  // Work runs already while the last rebalance of a round comes to its end.
  const page = await until('no rebalance is under way, and a heartbeat was sent', async () => {
    const shown = await (await fetch(`${second.url}/metrics`)).text()
    return /^connect_worker_rebalance_rebalancing 0$/m.test(shown) && /^connect_coordinator_heartbeat_total [1-9]/m.test(shown) ? shown : null
  }, 60_000)
  t.match(page, `leader_name="${first.url}/"`)
  t.match(page, /^connect_worker_rebalance_completed_rebalances_total [1-9]/m)
  t.match(page, /^connect_coordinator_assigned_tasks 1$/m)
  for (const name of ['join_total', 'sync_time_max', 'rebalance_latency_avg', 'last_rebalance_seconds_ago']) t.match(page, new RegExp(`^connect_coordinator_${name} [\\d.e-]*[1-9]`, 'm'))
  t.match(page, new RegExp(`^connect_connector_task_running_ratio\\{connector="${name}",task="\\d"\\} 0\\.\\d`, 'm'))
  t.equal((await readFile(join(folder, 'out'), 'utf8')).trimEnd().split('\n').length, 40)
})
