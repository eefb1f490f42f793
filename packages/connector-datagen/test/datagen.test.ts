import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parseConfig, type RawConfig, type SourceOffset, type SourceRecord } from '@tributary/plugin'
import { datagen } from '../src/datagen.ts'
import { quickstarts } from '../src/quickstarts/index.ts'

const log = { error () {}, warn () {}, info () {}, debug () {} }
const quiet = { 'kafka.topic': 'orders', 'max.interval': '0' }

interface Life { offset?: SourceOffset | null, task?: number, signal?: AbortSignal, log?: typeof log }

function read (raw: RawConfig, { offset = null, task = 0, signal = new AbortController().signal, ...given }: Life = {}): AsyncIterable<readonly SourceRecord[]> {
  return datagen.read({
    task: { connector: 'datagen', task }, config: parsed(raw), raw, signal, log: given.log ?? log, onCommit () {}, transaction: null,
    offsets: async partitions => {
      t.same(partitions, [{ 'task.id': task }])
      return [offset]
    }
  })
}

function parsed (raw: RawConfig): Parameters<typeof datagen.read>[0]['config'] {
  return parseConfig(datagen.config, raw).value
}

async function problemsOf (raw: RawConfig): Promise<[string, string][]> {
  return (await datagen.validate!(parsed({ ...quiet, ...raw }), raw)).map(({ key, message }) => [key, message])
}

async function take (raw: RawConfig, count: number, life: Life = {}): Promise<SourceRecord[]> {
  const records: SourceRecord[] = []
  for await (const batch of read({ ...quiet, ...raw }, life)) {
    records.push(...batch)
    if (records.length >= count) break
  }
  return records.slice(0, count)
}

const facts = (records: readonly SourceRecord[]): unknown[] => records.map(({ key, value, sourceOffset }) => ({ key, value, sourceOffset }))

t.test('a seed makes the same records again, another one others', async t => {
  const raw = { quickstart: 'orders', 'random.seed': '9007199254740993' }
  const first = await take(raw, 700)
  t.same(facts(await take(raw, 700)), facts(first))
  t.notSame((await take({ ...raw, 'random.seed': '9007199254740992' }, 1))[0]!.value, first[0]!.value)
})

t.test('a restarted task goes on as if it had never stopped', async t => {
  const raw = { quickstart: 'orders', 'random.seed': '3' }
  const whole = await take(raw, 20)
  const stored = JSON.parse(JSON.stringify(whole[7]!.sourceOffset, (_key, value: unknown) => typeof value === 'bigint' ? String(value) : value)) as Record<string, unknown>
  const offset = { ...stored, 'random.seed': BigInt(String(stored['random.seed'])) }
  const rest = await take(raw, 12, { offset })
  t.same(rest.map(({ value }) => value), whole.slice(8).map(({ value }) => value))
  t.same(rest[0]!.headers.map(({ key, value }) => [key, value]), [['task.generation', 1], ['task.id', 0], ['current.iteration', 8]])
  t.same(rest[0]!.sourceOffset, { ...whole[8]!.sourceOffset, 'task.generation': 2 })
})

t.test('a record carries partition, headers, key and schemas', async t => {
  const [record] = await take({ quickstart: 'orders', 'random.seed': '1' }, 1, { task: 2 })
  t.equal(record!.topic, 'orders')
  t.same(record!.sourcePartition, { 'task.id': 2 })
  t.same(record!.headers.map(({ key, value, schema }) => [key, value, schema!.type]), [['task.generation', 0, 'int64'], ['task.id', 2, 'int64'], ['current.iteration', 0, 'int64']])
  t.equal(record!.key, 0)
  t.equal(record!.keySchema!.type, 'int32')
  t.equal(record!.valueSchema!.name, 'ksql.orders')
  t.same(record!.valueSchema!.fields.map(({ name, schema }) => `${name} ${schema.type}`), ['ordertime int64', 'orderid int32', 'itemid string', 'orderunits float64', 'address struct'])
})

t.test('without a key field the key is null, of an optional string', async t => {
  const schema = '{"type": "record", "name": "r", "fields": [{"name": "n", "type": "int"}]}'
  const [record] = await take({ 'schema.string': schema }, 1)
  t.equal(record!.key, null)
  t.match(record!.keySchema, { type: 'string', optional: true })
})

t.test('iterations end the task, and it stays ended after a restart', async t => {
  const raw = { quickstart: 'pageviews', iterations: '1201' }
  const records = await take(raw, 5000)
  t.equal(records.length, 1201)
  t.same(await take(raw, 1, { offset: records.at(-1)!.sourceOffset }), [])
})

t.test('the tasks of a connector differ, and each repeats itself', async t => {
  const raw = { quickstart: 'users', 'random.seed': '5' }
  const values = (records: readonly SourceRecord[]): unknown[] => records.map(({ value }) => value)
  const tasks = await Promise.all([0, 1, 2].map(async task => values(await take(raw, 5, { task }))))
  t.notSame(tasks[0], tasks[1])
  t.notSame(tasks[1], tasks[2])
  t.same(values(await take(raw, 5, { task: 2 })), tasks[2])
})

t.test('interleaved tasks count in turn and never alike', async t => {
  const raw = { ...quiet, quickstart: 'orders', 'iteration.interleave': 'true' }
  const context = { connector: 'datagen', signal: new AbortController().signal, log, requestTaskReconfiguration () {}, maxTasks: 3, raw }
  const tasks = await datagen.tasks!(parsed(raw), context)
  t.equal(tasks.length, 3)
  const keys = await Promise.all(tasks.map(async (config, task) => (await take(config, 4, { task })).map(({ key }) => key)))
  t.same(keys, [[0, 3, 6, 9], [1, 4, 7, 10], [2, 5, 8, 11]])
  const [{ sourceOffset } = { sourceOffset: null }] = (await take(tasks[1]!, 2, { task: 1 })).slice(1)
  t.same((await take(tasks[1]!, 2, { task: 1, offset: sourceOffset })).map(({ key }) => key), [7, 10])
})

t.test('every quickstart is valid and makes its key', async t => {
  t.equal(Object.keys(quickstarts).length, 38)
  for (const name of Object.keys(quickstarts)) {
    t.same(await problemsOf({ quickstart: name.toUpperCase() }), [], name)
    const [record] = await take({ quickstart: name }, 1)
    t.not(record!.key, undefined, `${name}: key`)
  }
})

t.test('exactly one place must give the schema', async t => {
  const sentence = 'Must set exactly one of schema.string, schema.filename, quickstart'
  t.same(await problemsOf({}), [['schema.string', sentence], ['schema.filename', sentence], ['quickstart', sentence]])
  t.same(await problemsOf({ quickstart: 'users', 'schema.string': '"int"' }), [['schema.string', sentence], ['quickstart', sentence]])
})

t.test('what is wrong with a schema is told in one sentence', async t => {
  const field = (type: string): string => `{"type": "record", "name": "r", "fields": [{"name": "a", "type": ${type}}]}`
  const cases: [string, RegExp][] = [
    ['{"type": "record", "name": "r", "fields": [}', /not JSON: Unexpected character at line 1, column 44$/],
    ['"int"', /must be of a record/],
    [field('"strnig"'), /Schema of "a": the type "strnig" is not known/],
    [field('{"type": "string", "arg.properties": {"regex": "a("}}'), /"regex" of "a" is wrong: expected a character at position 2/],
    [field('{"type": "int", "arg.properties": {"range": {"min": 5, "max": 5}}}'), /"range" of "a" needs a "min" less than "max"/],
    [field('{"type": "int", "arg.properties": {"iteration": {"start": 1, "step": 0}}}'), /"iteration" of "a" is wrong: "step" cannot be 0/],
    [field('{"type": "int", "arg.properties": {"iteration": {"start": 1}, "range": {}}}'), /"iteration" of "a" excludes "range"/],
    [field('{"type": "boolean", "arg.properties": {"odds": 2}}'), /"odds" of "a" must be from 0 to 1/],
    [field('{"type": "string", "arg.properties": {"options": []}}'), /"options" of "a" cannot be empty/],
    [field('{"type": "int", "arg.properties": {"options": ["x"]}}'), /"options" of "a" does not fit its type int/],
    [field('{"type": "string", "arg.properties": {"length": {"min": 3, "max": 3}}}'), /must be greater than "min"/],
    [field('{"type": "long", "logicalType": "timestamp-millis"}'), /"a" needs a "range", "iteration" or "options"/],
    [field('["null", "r"]'), /contains itself/]
  ]
  for (const [schema, sentence] of cases) {
    const [problem] = await problemsOf({ 'schema.string': schema })
    t.equal(problem?.[0], 'schema.string', schema)
    t.match(problem?.[1], sentence)
  }
  t.match(await problemsOf({ quickstart: 'order' }), [['quickstart', /^quickstart must be one out of clickstream_codes,/]])
  t.match(await problemsOf({ 'schema.filename': 'nowhere.avsc' }), [['schema.filename', /Unable to find the schema file "nowhere.avsc"/]])
  t.match(await problemsOf({ quickstart: 'users', 'schema.keyfield': 'x' }), [['schema.keyfield', /does not contain the field/]])
})

t.test('a schema file may hold comments and name a file of options', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'datagen-'))
  t.teardown(async () => { await import('node:fs/promises').then(fs => fs.rm(folder, { recursive: true })) })
  const [json, binary, schema] = ['options.json', 'options.avro', 'schema.avsc'].map(name => join(folder, name)) as [string, string, string]
  writeFileSync(json, '"//one"\n"two"\n')
  // Two Avro records of a text and a zig-zag long: "a" 1, "b" -2.
  writeFileSync(binary, Buffer.from([2, 97, 2, 2, 98, 3]))
  const pair = '{"type": "record", "name": "pair", "fields": [{"name": "t", "type": "string"}, {"name": "n", "type": "long"}]'
  writeFileSync(schema, `// a comment
    {"type": "record", "name": "r", "fields": [ /* another */
      {"name": "j", "type": {"type": "string", "arg.properties": {"options": {"file": ${JSON.stringify(json)}, "encoding": "json"}}}},
      {"name": "b", "type": ${pair}, "arg.properties": {"options": {"file": ${JSON.stringify(binary)}, "encoding": "binary"}}}}
    ]}`)
  const raw = { 'schema.filename': schema }
  t.same(await problemsOf(raw), [])
  const values = (await take(raw, 200)).map(({ value }) => value as { j: string, b: { t: string, n: number } })
  t.same(new Set(values.map(({ j }) => j)), new Set(['//one', 'two']))
  t.same(new Set(values.map(({ b }) => `${b.t}${b.n}`)), new Set(['a1', 'b-2']))
})

t.test('an annotation in the wrong place is warned of', async t => {
  const warnings: string[] = []
  const schema = '{"type": "record", "name": "r", "fields": [{"name": "a", "type": {"type": "int", "arg.properties": {"rnage": 1}}, "arg.properties": {"options": [1]}}]}'
  await take({ 'schema.string': schema }, 1, { log: { ...log, warn: ((_fields: object, sentence: string) => { warnings.push(sentence) }) as () => void } })
  t.match(warnings, [/"arg.properties" of the field "a" has no effect/, /"rnage" in "arg.properties" of "a" has no effect/])
})

t.test('a stop ends a pause at once', async t => {
  const stop = new AbortController()
  const batches = read({ ...quiet, quickstart: 'users', 'records.per.second': '0.001' }, { signal: stop.signal })[Symbol.asyncIterator]()
  t.equal((await batches.next()).value?.length, 1)
  const waiting = batches.next()
  stop.abort()
  t.same(await waiting, { done: true, value: undefined })
})
