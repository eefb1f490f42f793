import { get, isRunning, loggers, post, put, sink, sinkLife, source, sourceLife, unknownConnector, type Exchange } from './requests.ts'

const signed = { 'x-connect-authorization': Buffer.alloc(32).toString('base64'), 'x-connect-request-signature-algorithm': 'HmacSHA256' }
const isAt = (level: string) => (body: unknown): boolean => (body as { level: string | null }).level === level

type Expanded = Readonly<Record<string, { readonly status: unknown }>>

function areRunning (all: Expanded, tasks: Readonly<Record<string, number>>): boolean {
  return Object.entries(tasks).every(([name, count]) => all[name] !== undefined && isRunning(count)(all[name].status))
}

const internal: readonly Exchange[] = [
  post('create a source to ask internally about', '/connectors', { name: 'inner', config: source('inner') }),
  get('it runs, on any worker', '/connectors/inner/status', { until: { status: 200, holds: isRunning(1) } }),
  post('write tasks without a signature', '/connectors/inner/tasks', [{ a: 'b' }]),
  post('write tasks with half a signature', '/connectors/inner/tasks', [{ a: 'b' }], { headers: { 'x-connect-authorization': signed['x-connect-authorization'] } }),
  post('write tasks signed by an unknown algorithm', '/connectors/inner/tasks', [{ a: 'b' }], { headers: { ...signed, 'x-connect-request-signature-algorithm': 'Rot13' } }),
  post('write tasks signed by an algorithm that is not allowed', '/connectors/inner/tasks', [{ a: 'b' }], { headers: { ...signed, 'x-connect-request-signature-algorithm': 'HmacMD5' } }),
  post('write tasks signed by a stranger', '/connectors/inner/tasks', [{ a: 'b' }], { headers: signed }),
  post('write tasks of an unknown connector', '/connectors/none/tasks', [{ a: 'b' }], { headers: signed }),
  post('write tasks that are no list', '/connectors/inner/tasks', { a: 'b' }, { headers: signed }),
  put('fence without a signature', '/connectors/inner/fence'),
  put('fence signed by a stranger', '/connectors/inner/fence', undefined, { headers: signed }),
  get('its tasks are what they were', '/connectors/inner/tasks')
]

/** Asked of a worker that does not lead: what only the leader, or only the owner of a task, can do is done there. */
const forwarding: readonly Exchange[] = [
  post('create without forwarding', '/connectors?forward=false', { name: 'stay', config: source('stay') }, { until: { status: 409 } }),
  put('put without forwarding', '/connectors/stay/config?forward=false', source('stay'), { until: { status: 409 } }),
  { name: 'delete without forwarding', method: 'DELETE', path: '/connectors/inner?forward=false', until: { status: 409 } },
  get('what was not forwarded is not there', '/connectors/stay'),
  post('restart with tasks without forwarding', '/connectors/inner/restart?includeTasks=true&forward=false', undefined, { until: { status: 409 } }),
  put('as many tasks as workers', '/connectors/shared/config', sink('shared', { 'tasks.max': '2' })),
  get('one task on each worker', '/connectors/shared/status', { until: { status: 200, holds: isRunning(2) } }),
  post('restart the task of one', '/connectors/shared/tasks/0/restart'),
  post('restart the task of the other', '/connectors/shared/tasks/1/restart'),
  get('both run after their restarts', '/connectors/shared/status', { until: { status: 200, holds: isRunning(2) } }),
  post('restart all of it', '/connectors/shared/restart?includeTasks=true'),
  get('all of it runs after its restart', '/connectors/shared/status', { until: { status: 200, holds: isRunning(2) } }),
  // After the restart that answers with a plan: Java's plan has no version of a connector that still restarts.
  post('restart the shared connector', '/connectors/shared/restart'),
  get('two connectors, with both', '/connectors?expand=info&expand=status', { until: { status: 200, holds: body => areRunning(body as Expanded, { inner: 1, shared: 2 }) } }),
  { name: 'delete what is shared', method: 'DELETE', path: '/connectors/shared' },
  { name: 'delete what was asked about internally', method: 'DELETE', path: '/connectors/inner' },
  get('nothing is there', '/connectors', { until: { status: 200, holds: body => (body as string[]).length === 0 } })
]

const everywhere: readonly Exchange[] = [
  put('put a level on all workers', '/admin/loggers/org.apache.kafka.connect?scope=cluster', { level: 'DEBUG' }),
  get('the level is here', '/admin/loggers/org.apache.kafka.connect', { until: { status: 200, holds: isAt('DEBUG') } }),
  get('the level is on the leader', '/admin/loggers/org.apache.kafka.connect', { toLeader: true, until: { status: 200, holds: isAt('DEBUG') } }),
  put('put a level here', '/admin/loggers/org.apache.kafka.connect?scope=worker', { level: 'WARN' }, { statusOnly: true }),
  get('the level of the leader stays', '/admin/loggers/org.apache.kafka.connect', { toLeader: true, until: { status: 200, holds: isAt('DEBUG') } }),
  put('put an unknown level on all workers', '/admin/loggers/org.apache.kafka.connect?scope=cluster', { level: 'LOUD' }),
  put('put no level on all workers', '/admin/loggers/org.apache.kafka.connect?scope=cluster', {}),
  put('put the level back on all workers', '/admin/loggers/org.apache.kafka.connect?scope=cluster', { level: 'INFO' })
]

const atFirst: readonly Exchange[] = [
  get('server info of a follower', '/'),
  get('health of a follower', '/health', { until: { status: 200 } }),
  get('connectors of a follower', '/connectors')
]

/** A restart goes through the config topic, so how far the one before has come differs from run to run. */
const afterRestarts = new Set(['restart what failed: nothing', 'restart the failed connector: nothing'])

/** Everything that is asked of a worker in a group, in order. */
export const distributedRequests: readonly Exchange[] = [...atFirst, ...unknownConnector, ...internal, ...forwarding, ...sourceLife, ...sinkLife, ...loggers, ...everywhere]
  .map(exchange => afterRestarts.has(exchange.name) ? { ...exchange, statusOnly: true } : exchange)
