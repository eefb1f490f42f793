import { randomBytes } from 'node:crypto'
import { ConnectError, defineSource, schema, sourceRecord, type ConfigProblem, type Header, type RawConfig, type Schema, type SourceRecord } from '@tributary/plugin'
import { config, tasksKey, type DatagenConfig } from './config.ts'
import { connectSchema } from './connect-schema.ts'
import { compileGenerator, unknownAnnotations, type Make } from './generator.ts'
import { JavaRandom } from './java-random.ts'
import { randomPauses, steady, unlimited, type Pace } from './pace.ts'
import { loadSchema, schemaKey, seedOf, sourceProblems } from './schema-source.ts'

/** The state of a task for its NEXT record; stored with the record before it, under the names of Confluent's connector. */
interface State { generation: number, iteration: number, seed: number | bigint }

/** Records of an Avro schema with annotations, as Confluent's kafka-connect-datagen makes them. */
export const datagen = defineSource({
  summary: 'Makes records of an Avro schema; the same seed makes the same ones.',
  config,
  validate: problems,
  tasks: (_config, { maxTasks, raw }) => Array.from({ length: maxTasks }, (_, task) => ({ ...raw, 'task.id': String(task), [tasksKey]: String(maxTasks) })),
  exactlyOnce: () => true,
  async * read (context) {
    const { task: { task }, config, raw, signal, log } = context
    const partition = { 'task.id': task }
    const [stored = null] = await context.offsets([partition])
    const state = stored === null ? firstState(raw, task) : restored(stored)
    const parsed = loadSchema(config)
    for (const warning of [...parsed.warnings, ...unknownAnnotations(parsed.schema)]) log.warn({ task }, warning)

    const random = new JavaRandom(state.seed)
    const tasks = config['iteration.interleave'] ? Number(raw[tasksKey] ?? 1) : 1
    const count = tasks === 1 ? { first: state.iteration, stride: 1 } : { first: state.iteration * tasks + task, stride: tasks }
    const records = new Records({
      topic: config['kafka.topic'], partition, state, random,
      keyField: parsed.keyField, valueSchema: connectSchema(parsed.schema), make: compileGenerator(parsed.schema, { random, count, folder: parsed.folder })
    })
    const pace = paceOf(config, signal)
    const end = config.iterations < 1 ? Infinity : config.iterations
    while (records.made < end) {
      const due = await pace.due(Math.min(config['batch.size'], end - records.made))
      if (due === null) return
      yield records.take(due)
    }
    log.info({ task, records: records.made }, 'All iterations are made; the task has nothing more to do.')
  }
})

function problems (config: DatagenConfig): ConfigProblem[] {
  const wrong = sourceProblems(config)
  if (wrong.length > 0) return wrong
  try {
    const { schema, keyField, folder } = loadSchema(config)
    compileGenerator(schema, { random: new JavaRandom(0), count: { first: 0, stride: 1 }, folder })
    connectSchema(schema)
    if (keyField === null || schema.fields.some(({ name }) => name === keyField)) return []
    return [{ key: 'schema.keyfield', message: "The schema does not contain the field provided in 'schema.keyfield'" }]
  } catch (error) {
    if (error instanceof ConnectError) return [{ key: schemaKey(config), message: error.message }]
    throw error
  }
}

/** Each task draws its seed from that of the one before, as in Java. */
function firstState (raw: RawConfig, task: number): State {
  const given = seedOf(raw)
  if (given === null) return { generation: 0, iteration: 0, seed: randomBytes(8).readBigInt64LE() }
  let seed: number | bigint = given
  for (let i = 0; i < task; i++) seed = new JavaRandom(seed).nextLong()
  return { generation: 0, iteration: 0, seed }
}

function restored (offset: Readonly<Record<string, unknown>>): State {
  const { 'task.generation': generation, 'current.iteration': iteration, 'random.seed': seed } = offset
  const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value)
  if (!isCount(generation) || !isCount(iteration) || (!isCount(seed) && typeof seed !== 'bigint')) {
    throw new ConnectError('DATAGEN_OFFSET', 'system', 'The stored offset must have whole numbers in task.generation, current.iteration and random.seed: reset the offsets of the connector.')
  }
  return { generation, iteration, seed }
}

function paceOf (config: DatagenConfig, signal: AbortSignal): Pace {
  if (config['records.per.second'] > 0) return steady(config['records.per.second'], signal)
  return config['max.interval'] > 0 ? randomPauses(config['max.interval'], signal) : unlimited(signal)
}

const long = schema.of('int64')
const noKey = schema.of('string', { optional: true })

/** Makes the records of a task one after another. */
class Records {
  readonly #topic: string
  readonly #partition: Readonly<Record<string, unknown>>
  readonly #random: JavaRandom
  readonly #make: Make
  readonly #keyField: string | null
  readonly #keySchema: Schema
  readonly #valueSchema: Schema
  readonly #generation: number
  readonly #generationHeader: Header
  readonly #taskHeader: Header
  /** Records made in this and earlier lives of the task. */
  made: number

  constructor (options: {
    topic: string, partition: { 'task.id': number }, state: State, random: JavaRandom, make: Make, keyField: string | null, valueSchema: Schema
  }) {
    this.#topic = options.topic
    this.#partition = options.partition
    this.#random = options.random
    this.#make = options.make
    this.#keyField = options.keyField
    this.#valueSchema = options.valueSchema
    this.#keySchema = options.valueSchema.fields.find(({ name }) => name === options.keyField)?.schema ?? noKey
    this.#generation = options.state.generation
    this.#generationHeader = { key: 'task.generation', schema: long, value: options.state.generation }
    this.#taskHeader = { key: 'task.id', schema: long, value: options.partition['task.id'] }
    this.made = options.state.iteration
  }

  take (count: number): SourceRecord[] {
    const records: SourceRecord[] = []
    for (let i = 0; i < count; i++) records.push(this.#next())
    return records
  }

  #next (): SourceRecord {
    const value = this.#make() as Readonly<Record<string, unknown>>
    const iteration = this.made++
    // A record depends on nothing but the seed stored with the one before it.
    const seed = this.#random.reseed()
    return sourceRecord({
      topic: this.#topic,
      keySchema: this.#keySchema,
      key: this.#keyField === null ? null : value[this.#keyField],
      valueSchema: this.#valueSchema,
      value,
      headers: [this.#generationHeader, this.#taskHeader, { key: 'current.iteration', schema: long, value: iteration }],
      sourcePartition: this.#partition,
      sourceOffset: { 'task.generation': this.#generation + 1, 'current.iteration': iteration + 1, 'random.seed': seed }
    })
  }
}
