/** One request sent to Java's worker and to ours, in the order of the list: later ones see what earlier ones did. */
export interface Exchange {
  readonly name: string
  readonly method: string
  readonly path: string
  /** An object is sent as JSON, text as it is. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Sent again until the status is this one: for what takes a moment to become true. */
  readonly until?: { readonly status: number, readonly holds?: (body: unknown) => boolean }
  /** Only the status is compared: the body is free text, or large. */
  readonly statusOnly?: boolean
  /** Sent to the leader of the group, not to the worker that all other requests go to. */
  readonly toLeader?: boolean
}

/** A connector as the scripts below create it: a file source that both workers have. */
export const source = (name: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> =>
  ({ name, 'connector.class': 'FileStreamSource', 'tasks.max': '1', file: '${folder}/in.txt', topic: '${topic}', ...more })
export const sink = (name: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> =>
  ({ name, 'connector.class': 'org.apache.kafka.connect.file.FileStreamSinkConnector', 'tasks.max': '2', topics: '${topic}', file: '${folder}/out.txt', ...more })
const without = (config: Record<string, unknown>, ...keys: string[]): Record<string, unknown> => Object.fromEntries(Object.entries(config).filter(([key]) => !keys.includes(key)))

export const get = (name: string, path: string, more: Partial<Exchange> = {}): Exchange => ({ name, method: 'GET', path, ...more })
export const put = (name: string, path: string, body?: unknown, more: Partial<Exchange> = {}): Exchange => ({ name, method: 'PUT', path, ...body === undefined ? {} : { body }, ...more })
export const post = (name: string, path: string, body?: unknown, more: Partial<Exchange> = {}): Exchange => ({ name, method: 'POST', path, ...body === undefined ? {} : { body }, ...more })
const patch = (name: string, path: string, body?: unknown, more: Partial<Exchange> = {}): Exchange => ({ name, method: 'PATCH', path, ...body === undefined ? {} : { body }, ...more })
const remove = (name: string, path: string, more: Partial<Exchange> = {}): Exchange => ({ name, method: 'DELETE', path, ...more })

interface Status { connector: { state: string }, tasks: { state: string }[] }
export const isRunning = (tasks: number) => (body: unknown): boolean => {
  const status = body as Status
  return status.connector.state === 'RUNNING' && status.tasks.length === tasks && status.tasks.every(task => task.state === 'RUNNING')
}
const isIn = (state: string) => (body: unknown): boolean => {
  const status = body as Status
  return status.connector.state === state && status.tasks.every(task => task.state === state)
}

export const worker: readonly Exchange[] = [
  get('server info', '/'),
  get('health', '/health', { until: { status: 200 } }),
  { name: 'HEAD of the root', method: 'HEAD', path: '/' },
  { name: 'OPTIONS of connectors', method: 'OPTIONS', path: '/connectors', statusOnly: true },
  get('unknown path', '/nothing'),
  get('unknown path below connectors', '/connectors/x/nothing'),
  put('wrong method on the root', '/', {}),
  remove('wrong method on connectors', '/connectors'),
  patch('wrong method on plugins', '/connector-plugins', {}),
  get('unacceptable answer type', '/connectors', { headers: { accept: 'text/plain' } }),
  post('body of another type', '/connectors', 'name=x', { headers: { 'content-type': 'text/plain' } }),
  post('no content type', '/connectors', '{}', { headers: { 'content-type': '' } }),
  get('no connectors yet', '/connectors'),
  get('no connectors yet, with a trailing slash', '/connectors/'),
  get('no connectors yet, expanded', '/connectors?expand=info'),
  get('unknown expansion', '/connectors?expand=nonsense')
]

const plugins: readonly Exchange[] = [
  get('plugins', '/connector-plugins', { statusOnly: true }),
  get('all plugins', '/connector-plugins?connectorsOnly=false', { statusOnly: true }),
  get('keys of the file source', '/connector-plugins/org.apache.kafka.connect.file.FileStreamSourceConnector/config', { statusOnly: true }),
  get('keys of the file source by alias', '/connector-plugins/FileStreamSource/config', { statusOnly: true }),
  get('keys of a converter', '/connector-plugins/org.apache.kafka.connect.json.JsonConverter/config', { statusOnly: true }),
  get('keys of a transform', '/connector-plugins/org.apache.kafka.connect.transforms.Flatten$Value/config', { statusOnly: true }),
  get('keys of a predicate', '/connector-plugins/org.apache.kafka.connect.transforms.predicates.HasHeaderKey/config', { statusOnly: true }),
  get('keys of an unknown plugin', '/connector-plugins/com.example.Nothing/config'),
  put('validate a good source', '/connector-plugins/FileStreamSource/config/validate', source('v')),
  put('validate by full name', '/connector-plugins/org.apache.kafka.connect.file.FileStreamSourceConnector/config/validate', source('v', { 'connector.class': 'org.apache.kafka.connect.file.FileStreamSourceConnector' })),
  put('validate a source without its topic', '/connector-plugins/FileStreamSource/config/validate', without(source('v'), 'topic')),
  put('validate a wrong number', '/connector-plugins/FileStreamSource/config/validate', source('v', { 'tasks.max': 'many' })),
  put('validate a number out of range', '/connector-plugins/FileStreamSource/config/validate', source('v', { 'tasks.max': '0' })),
  put('validate a wrong word', '/connector-plugins/FileStreamSource/config/validate', source('v', { 'errors.tolerance': 'some' })),
  put('validate a good sink', '/connector-plugins/FileStreamSink/config/validate', sink('v', { 'connector.class': 'FileStreamSink' })),
  put('validate a sink without topics', '/connector-plugins/FileStreamSink/config/validate', without(sink('v', { 'connector.class': 'FileStreamSink' }), 'topics')),
  put('validate a sink with both kinds of topics', '/connector-plugins/FileStreamSink/config/validate', sink('v', { 'connector.class': 'FileStreamSink', 'topics.regex': 'a.*' })),
  put('validate another class than in the path', '/connector-plugins/FileStreamSink/config/validate', source('v')),
  put('validate a transform without its type', '/connector-plugins/FileStreamSource/config/validate', source('v', { transforms: 'a' })),
  put('validate a transform of an unknown type', '/connector-plugins/FileStreamSource/config/validate', source('v', { transforms: 'a', 'transforms.a.type': 'com.example.Nothing' })),
  put('validate a transform with its keys', '/connector-plugins/FileStreamSource/config/validate', source('v', { transforms: 'a', 'transforms.a.type': 'org.apache.kafka.connect.transforms.HoistField$Value', 'transforms.a.field': 'line' })),
  put('validate a transform without a key it needs', '/connector-plugins/FileStreamSource/config/validate', source('v', { transforms: 'a', 'transforms.a.type': 'org.apache.kafka.connect.transforms.HoistField$Value' })),
  put('validate a predicate that nobody declared', '/connector-plugins/FileStreamSource/config/validate', source('v', { transforms: 'a', 'transforms.a.type': 'org.apache.kafka.connect.transforms.Filter', 'transforms.a.predicate': 'p' })),
  put('validate topic creation without defaults', '/connector-plugins/FileStreamSource/config/validate', source('v', { 'topic.creation.groups': 'g' })),
  put('validate without a class', '/connector-plugins/FileStreamSource/config/validate', without(source('v'), 'connector.class')),
  put('validate an unknown class', '/connector-plugins/Nothing/config/validate', source('v', { 'connector.class': 'Nothing' })),
  put('validate without a body', '/connector-plugins/FileStreamSource/config/validate')
]

const wrongCreation: readonly Exchange[] = [
  post('create from nothing', '/connectors'),
  post('create from no JSON', '/connectors', 'not json'),
  post('create from a list', '/connectors', []),
  post('create with an unknown member', '/connectors', { name: 'x', config: source('x'), foo: 1 }),
  post('create without a configuration', '/connectors', { name: 'x' }),
  post('create without a class', '/connectors', { name: 'x', config: without(source('x'), 'connector.class') }),
  post('create with an unknown class', '/connectors', { name: 'x', config: source('x', { 'connector.class': 'com.example.Nothing' }) }),
  post('create with two names', '/connectors', { name: 'x', config: source('y') }),
  post('create without a name', '/connectors', { config: without(source('x'), 'name') }),
  post('create with a blank name', '/connectors', { name: '  ', config: without(source('x'), 'name') }),
  post('create without a required key', '/connectors', { name: 'x', config: without(source('x'), 'topic') }),
  post('create with three mistakes', '/connectors', { name: 'x', config: without(source('x', { 'tasks.max': '-1', 'errors.tolerance': 'some' }), 'topic') }),
  post('create with an unknown state', '/connectors', { name: 'x', config: source('x'), initial_state: 'ASLEEP' }),
  post('create with an object as a value', '/connectors', { name: 'x', config: source('x', { extra: { a: 1 } }) }),
  post('create with a null value', '/connectors', { name: 'x', config: source('x', { extra: null }) }),
  post('create a sink without topics', '/connectors', { name: 'x', config: without(sink('x'), 'topics') }),
  post('create a sink with an unknown converter', '/connectors', { name: 'x', config: sink('x', { 'value.converter': 'com.example.Nothing' }) }),
  put('put with another name', '/connectors/x/config', source('y')),
  put('put without a body', '/connectors/x/config'),
  put('put a list', '/connectors/x/config', ['a'])
]

export const unknownConnector: readonly Exchange[] = [
  get('unknown connector', '/connectors/none'),
  get('configuration of an unknown connector', '/connectors/none/config'),
  get('status of an unknown connector', '/connectors/none/status'),
  get('tasks of an unknown connector', '/connectors/none/tasks'),
  get('status of a task of an unknown connector', '/connectors/none/tasks/0/status'),
  get('topics of an unknown connector', '/connectors/none/topics', { statusOnly: true }),
  get('offsets of an unknown connector', '/connectors/none/offsets'),
  patch('patch an unknown connector', '/connectors/none/config', { a: 'b' }),
  patch('alter offsets of an unknown connector', '/connectors/none/offsets', { offsets: [{ partition: { a: 1 }, offset: null }] }),
  remove('reset offsets of an unknown connector', '/connectors/none/offsets'),
  put('pause an unknown connector', '/connectors/none/pause'),
  put('resume an unknown connector', '/connectors/none/resume'),
  put('stop an unknown connector', '/connectors/none/stop'),
  post('restart an unknown connector', '/connectors/none/restart'),
  post('restart an unknown connector with its tasks', '/connectors/none/restart?includeTasks=true'),
  post('restart a task of an unknown connector', '/connectors/none/tasks/0/restart'),
  remove('delete an unknown connector', '/connectors/none')
]

export const sourceLife: readonly Exchange[] = [
  post('create a source', '/connectors', { name: 'src', config: source('src') }),
  get('the source runs', '/connectors/src/status', { until: { status: 200, holds: isRunning(1) } }),
  get('list with the source', '/connectors'),
  get('list with status', '/connectors?expand=status'),
  get('list with info', '/connectors?expand=info'),
  get('list with both', '/connectors?expand=info&expand=status'),
  get('the source', '/connectors/src'),
  get('the source with a trailing slash', '/connectors/src/'),
  get('its configuration', '/connectors/src/config'),
  get('its tasks', '/connectors/src/tasks'),
  get('status of its task', '/connectors/src/tasks/0/status'),
  get('status of a task it does not have', '/connectors/src/tasks/7/status'),
  get('status of a task that is no number', '/connectors/src/tasks/x/status'),
  get('its topics', '/connectors/src/topics', { until: { status: 200, holds: body => (body as Record<string, { topics: string[] }>).src?.topics.length === 1 } }),
  put('reset its topics', '/connectors/src/topics/reset'),
  post('create it again', '/connectors', { name: 'src', config: source('src') }),
  put('put the same again', '/connectors/src/config', source('src')),
  put('put with numbers and booleans', '/connectors/src/config', source('src', { 'tasks.max': 1, 'errors.log.enable': true })),
  get('its configuration is text', '/connectors/src/config', { until: { status: 200, holds: body => Object.hasOwn(body as object, 'errors.log.enable') } }),
  patch('patch: one in, one out', '/connectors/src/config', { 'errors.log.enable': null, 'batch.size': '100' }),
  patch('patch with a mistake', '/connectors/src/config', { 'tasks.max': 'x' }),
  patch('patch without a body', '/connectors/src/config'),
  put('put with a mistake', '/connectors/src/config', source('src', { 'tasks.max': 'x' })),
  get('it still runs', '/connectors/src/status', { until: { status: 200, holds: isRunning(1) } }),
  put('pause', '/connectors/src/pause'),
  get('it is paused', '/connectors/src/status', { until: { status: 200, holds: isIn('PAUSED') } }),
  put('pause again', '/connectors/src/pause'),
  put('resume', '/connectors/src/resume'),
  get('it is resumed', '/connectors/src/status', { until: { status: 200, holds: isRunning(1) } }),
  post('restart the connector', '/connectors/src/restart'),
  get('it runs after the restart', '/connectors/src/status', { until: { status: 200, holds: isRunning(1) } }),
  post('restart with tasks', '/connectors/src/restart?includeTasks=true'),
  get('it runs after the restart with tasks', '/connectors/src/status', { until: { status: 200, holds: isRunning(1) } }),
  post('restart what failed: nothing', '/connectors/src/restart?includeTasks=true&onlyFailed=true'),
  post('restart the failed connector: nothing', '/connectors/src/restart?onlyFailed=true'),
  post('restart with a wrong flag', '/connectors/src/restart?includeTasks=perhaps', undefined, { statusOnly: true }),
  get('it runs after all these', '/connectors/src/status', { until: { status: 200, holds: isRunning(1) } }),
  post('restart its task', '/connectors/src/tasks/0/restart'),
  get('it runs after the restart of its task', '/connectors/src/status', { until: { status: 200, holds: isRunning(1) } }),
  patch('alter offsets while it runs', '/connectors/src/offsets', { offsets: [{ partition: { filename: '${folder}/in.txt' }, offset: { position: 0 } }] }),
  remove('reset offsets while it runs', '/connectors/src/offsets'),
  put('stop', '/connectors/src/stop'),
  get('it is stopped', '/connectors/src/status', { until: { status: 200, holds: isIn('STOPPED') } }),
  get('a stopped connector has no tasks', '/connectors/src/tasks', { until: { status: 200, holds: body => (body as unknown[]).length === 0 } }),
  put('stop again', '/connectors/src/stop'),
  get('its offsets', '/connectors/src/offsets'),
  patch('alter no offsets', '/connectors/src/offsets', { offsets: [] }),
  patch('alter offsets without a body', '/connectors/src/offsets'),
  patch('alter offsets of an unknown shape', '/connectors/src/offsets', { offset: [] }),
  patch('alter an offset that the connector refuses', '/connectors/src/offsets', { offsets: [{ partition: { filename: '${folder}/in.txt' }, offset: { position: -1 } }] }),
  patch('alter a partition that the connector refuses', '/connectors/src/offsets', { offsets: [{ partition: { what: 'x' }, offset: { position: 1 } }] }),
  patch('alter its offset', '/connectors/src/offsets', { offsets: [{ partition: { filename: '${folder}/in.txt' }, offset: { position: 4 } }] }),
  get('the altered offset', '/connectors/src/offsets'),
  patch('forget its offset', '/connectors/src/offsets', { offsets: [{ partition: { filename: '${folder}/in.txt' }, offset: null }] }),
  get('no offset', '/connectors/src/offsets'),
  remove('reset its offsets', '/connectors/src/offsets'),
  put('resume from stopped', '/connectors/src/resume'),
  get('it runs after the stop', '/connectors/src/status', { until: { status: 200, holds: isRunning(1) } }),
  // Last, since Java shows the task that was never there from then on.
  post('restart a task it does not have', '/connectors/src/tasks/7/restart'),
  remove('delete it', '/connectors/src'),
  get('it is gone', '/connectors/src', { until: { status: 404 } }),
  get('its status is gone', '/connectors/src/status', { until: { status: 404 } })
]

export const sinkLife: readonly Exchange[] = [
  post('create a paused sink', '/connectors', { name: 'snk', config: sink('snk'), initial_state: 'PAUSED' }),
  get('the sink is paused', '/connectors/snk/status', { until: { status: 200, holds: isIn('PAUSED') } }),
  put('resume the sink', '/connectors/snk/resume'),
  get('the sink runs', '/connectors/snk/status', { until: { status: 200, holds: isRunning(2) } }),
  get('tasks of the sink', '/connectors/snk/tasks'),
  put('fewer tasks', '/connectors/snk/config', sink('snk', { 'tasks.max': '1' })),
  get('one task runs', '/connectors/snk/status', { until: { status: 200, holds: isRunning(1) } }),
  put('stop the sink', '/connectors/snk/stop'),
  get('the sink is stopped', '/connectors/snk/status', { until: { status: 200, holds: isIn('STOPPED') } }),
  patch('alter offsets of a sink', '/connectors/snk/offsets', { offsets: [{ partition: { kafka_topic: '${topic}', kafka_partition: 0 }, offset: { kafka_offset: 1 } }] }),
  get('altered offsets of a sink', '/connectors/snk/offsets'),
  patch('alter with numbers as text', '/connectors/snk/offsets', { offsets: [{ partition: { kafka_topic: '${topic}', kafka_partition: '0' }, offset: { kafka_offset: '2' } }] }),
  patch('alter without a partition', '/connectors/snk/offsets', { offsets: [{ partition: null, offset: { kafka_offset: 1 } }] }),
  patch('alter without a topic', '/connectors/snk/offsets', { offsets: [{ partition: { kafka_partition: 0 }, offset: { kafka_offset: 1 } }] }),
  patch('alter with a wrong partition', '/connectors/snk/offsets', { offsets: [{ partition: { kafka_topic: 'x', kafka_partition: 'y' }, offset: { kafka_offset: 1 } }] }),
  patch('alter with a wrong offset', '/connectors/snk/offsets', { offsets: [{ partition: { kafka_topic: 'x', kafka_partition: 0 }, offset: { kafka_offset: 'y' } }] }),
  patch('alter with another offset', '/connectors/snk/offsets', { offsets: [{ partition: { kafka_topic: 'x', kafka_partition: 0 }, offset: { other: 1 } }] }),
  remove('reset offsets of a sink', '/connectors/snk/offsets'),
  get('no offsets of a sink', '/connectors/snk/offsets'),
  post('create a stopped sink', '/connectors', { name: 'later', config: sink('later'), initial_state: 'stopped' }),
  get('it starts stopped', '/connectors/later/status', { until: { status: 200, holds: isIn('STOPPED') } }),
  remove('delete the stopped sink', '/connectors/later'),
  remove('delete the sink', '/connectors/snk'),
  get('nothing is left', '/connectors', { until: { status: 200, holds: body => (body as string[]).length === 0 } })
]

export const loggers: readonly Exchange[] = [
  get('loggers', '/admin/loggers', { statusOnly: true }),
  get('the root logger', '/admin/loggers/root', { statusOnly: true }),
  get('an unknown logger', '/admin/loggers/com.example.nothing', { statusOnly: true }),
  put('a level', '/admin/loggers/org.apache.kafka.connect', { level: 'debug' }, { statusOnly: true }),
  put('a level back', '/admin/loggers/org.apache.kafka.connect', { level: 'INFO' }, { statusOnly: true }),
  put('a level of an unknown scope', '/admin/loggers/org.apache.kafka.connect?scope=galaxy', { level: 'INFO' }, { statusOnly: true }),
  put('an unknown level', '/admin/loggers/org.apache.kafka.connect', { level: 'LOUD' }),
  put('no level', '/admin/loggers/org.apache.kafka.connect', {})
]

/** Everything that is asked, in order. */
export const requests: readonly Exchange[] = [...worker, ...plugins, ...wrongCreation, ...unknownConnector, ...sourceLife, ...sinkLife, ...loggers]
