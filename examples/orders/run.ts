import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openKafka } from '@tributary/runtime/kafka'
import { prove, type Proof } from './proof.ts'
import { bucket, startServices, stream, topic, type Services } from './services.ts'
import { steps, Worker, type StepName } from './workers.ts'

const help = `npm start -- [--orders N] [--rate N] [--kill datagen|kinesis|s3] [--keep]

Runs orders through Kafka, Kinesis and S3 with three connect-standalone workers on the files of examples/orders, shows their progress, and proves
that what came out is what went in. Without --orders it goes on until Ctrl-C.

  --orders N     generate N orders, then end
  --rate N       orders a second; default: as fast as it goes with --orders, else 2000
  --kill STEP    end this worker by kill -9 in the middle, and start it again
  --keep         leave Kafka's and the local AWS's files in .tributary/run for a look

Your own servers: TRIBUTARY_KAFKA=host:9092, TRIBUTARY_KINESIS, TRIBUTARY_S3 and TRIBUTARY_DYNAMODB=https://...`

interface Options { orders: number | null, rate: number, kill: StepName | null, keep: boolean }

function fail (sentence: string): never {
  console.error(`${sentence}\n\n${help}`)
  process.exit(2)
}

function wholeNumber (name: string, text: string): number {
  if (!/^[1-9]\d{0,11}$/.test(text)) fail(`--${name} must be a whole number from 1, not "${text}".`)
  return Number(text)
}

function readOptions (): Options {
  const parse = (): { orders?: string, rate?: string, kill?: string, keep?: boolean, help?: boolean } => {
    try {
      return parseArgs({ options: { orders: { type: 'string' }, rate: { type: 'string' }, kill: { type: 'string' }, keep: { type: 'boolean' }, help: { type: 'boolean' } } }).values
    } catch (error) {
      return fail((error as Error).message)
    }
  }
  const values = parse()
  if (values.help) {
    console.log(help)
    process.exit(0)
  }
  const orders = values.orders === undefined ? null : wholeNumber('orders', values.orders)
  const kill = values.kill === undefined ? null : steps.find(step => step.name === values.kill)?.name ?? fail(`--kill must be one of ${steps.map(step => step.name).join(', ')}, not "${values.kill}".`)
  return { orders, kill, rate: values.rate === undefined ? (orders === null ? 2000 : 0) : wholeNumber('rate', values.rate), keep: values.keep ?? false }
}

/** How far each step is. */
interface Progress { kafka: number, kinesis: number, s3: number }

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

class Pipeline {
  readonly #services: Services
  /** Records that were in the user's own Kafka before. */
  #before = 0
  readonly workers: Readonly<Record<StepName, Worker>>
  readonly #admin

  constructor (services: Services, admin: Awaited<ReturnType<ReturnType<typeof openKafka>['admin']>>, options: { env: NodeJS.ProcessEnv, folder: string }) {
    this.#services = services
    this.#admin = admin
    this.workers = { datagen: new Worker('datagen', options), kinesis: new Worker('kinesis', options), s3: new Worker('s3', options) }
  }

  static async start (services: Services, options: { env: NodeJS.ProcessEnv, folder: string }): Promise<Pipeline> {
    const pipeline = new Pipeline(services, await openKafka().admin({ 'bootstrap.servers': services.kafka }), options)
    await pipeline.#admin.create({ name: topic, partitions: 3, replicationFactor: -1, configs: {} })
    pipeline.#before = sum(await pipeline.#admin.endOffsets(topic, 'read_uncommitted'))
    await Promise.all([pipeline.workers.kinesis.start(), pipeline.workers.s3.start()])
    await pipeline.workers.datagen.start()
    return pipeline
  }

  /** Records in Kafka, acknowledged by Kinesis, and handed to the S3 sink. */
  async progress (): Promise<Progress> {
    const [ends, committed, s3] = await Promise.all([
      this.#admin.endOffsets(topic, 'read_uncommitted'),
      this.#admin.groupOffsets('connect-kinesis-orders'),
      this.workers.s3.counter('connect_sink_task_sink_record_send_total', 's3-orders')
    ])
    return { kafka: sum(ends), kinesis: sum(committed.map(one => one.offset)), s3 }
  }

  /** Orders of this run that are in Kafka. */
  generated (progress: Progress): number { return progress.kafka - this.#before }

  async assertHealthy (): Promise<void> {
    for (const worker of Object.values(this.workers)) {
      const reason = await worker.failure()
      if (reason !== null) throw new Error(`The ${worker.name} step failed: ${reason}`)
    }
  }

  /** Proves; as files appear some seconds after their last record, tries again while something is still missing. */
  async prove (timeoutMs: number): Promise<Proof> {
    const end = Date.now() + timeoutMs
    for (;;) {
      const proof = await prove(this.#services)
      if (proof.problems.length === 0 || Date.now() > end) return proof
      await this.assertHealthy()
      await sleep(1000)
    }
  }

  async stop (): Promise<void> {
    await this.workers.datagen.stop()
    await Promise.all([this.workers.kinesis.stop(), this.workers.s3.stop()])
    await this.#admin.close()
  }
}

const number = (value: number): string => value.toLocaleString('en-US')

function show (progress: Progress, last: Progress, seconds: number): void {
  const part = (name: string, now: number, before: number, lag: number | null): string =>
    `${name} ${number(now)} (${number(Math.round((now - before) / seconds))}/s${lag === null ? '' : `, lag ${number(Math.max(0, lag))}`})`
  const line = [
    part('Kafka', progress.kafka, last.kafka, null),
    part('Kinesis', progress.kinesis, last.kinesis, progress.kafka - progress.kinesis),
    part('S3', progress.s3, last.s3, progress.kinesis - progress.s3)
  ].join('   ')
  if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K${line}`)
  else console.log(line)
}

/** Watches until the orders are through to Kinesis, or until the user asks for the end. */
async function watch (pipeline: Pipeline, options: Options, stop: AbortSignal): Promise<void> {
  const everyMs = process.stdout.isTTY ? 1000 : 2000
  let last: Progress = { kafka: 0, kinesis: 0, s3: 0 }
  let killed = options.kill === null
  let ending = false
  for (;;) {
    await sleep(everyMs, undefined, { signal: stop }).catch(() => {})
    if (stop.aborted && !ending) {
      ending = true
      await pipeline.workers.datagen.stop()
    } else if (ending) {
      await sleep(500)
    }
    const now = await pipeline.progress()
    show(now, last, everyMs / 1000)
    last = now
    if (!killed && now[killCounter[options.kill ?? 's3']] > (options.orders ?? 10_000) / 4) {
      killed = true
      const worker = pipeline.workers[options.kill ?? 's3']
      console.log(`\nkill -9 of the ${worker.name} worker, and a start again.`)
      await worker.kill()
      await worker.start()
    }
    if (!ending) await pipeline.assertHealthy()
    const generated = ending || (options.orders !== null && pipeline.generated(now) >= options.orders)
    if (killed && generated && now.kinesis >= now.kafka) return
  }
}

const killCounter = { datagen: 'kafka', kinesis: 'kinesis', s3: 's3' } as const

function print (proof: Proof, where: string): void {
  const rows: [string, number, number][] = [
    [`Kafka topic ${topic}`, proof.kafka.records, proof.kafka.distinct],
    [`Kinesis stream ${stream}`, proof.kinesis.records, proof.kinesis.distinct],
    [`S3 ${bucket}/orders, ${number(proof.s3.files)} files`, proof.s3.records, proof.s3.distinct],
    [`S3 ${bucket}/raw, ${number(proof.raw.files)} files`, proof.raw.records, proof.raw.distinct]
  ]
  console.log('\nRecords')
  for (const [name, records, distinct] of rows) console.log(`  ${name.padEnd(42)} ${number(records).padStart(12)}${records === distinct ? '' : `   (${number(records - distinct)} repeated)`}`)
  console.log(`\nHours (${number(proof.s3.hours.size)}), orders in Kafka = Kinesis = S3`)
  const hours = [...proof.s3.hours.keys()].toSorted()
  for (const hour of hours.slice(0, 5)) console.log(`  ${hour}  ${[proof.kafka, proof.kinesis, proof.s3].map(step => number(step.hours.get(hour) ?? 0).padStart(10)).join('')}`)
  if (hours.length > 5) console.log(`  ... and ${number(hours.length - 5)} more hours, all compared`)
  console.log('\nFrom a file')
  for (const line of proof.s3.sample) console.log(`  ${line}`)
  console.log(`\nThe files are in s3://${bucket}/orders/ot=.../ and s3://${bucket}/raw/ at ${where}`)
  for (const problem of proof.problems) console.error(`NOT PROVED: ${problem}`)
  if (proof.problems.length === 0) console.log('Proved: every record of Kafka is in Kinesis, byte for byte, and every record of Kinesis is in S3 exactly once, in the hour of its ordertime.')
}

async function main (): Promise<number> {
  const options = readOptions()
  const runs = fileURLToPath(new URL('../../.tributary/run/', import.meta.url))
  await mkdir(runs, { recursive: true })
  const folder = await mkdtemp(join(runs, 'orders-'))
  const stop = new AbortController()
  let firstAt = 0
  process.on('SIGINT', () => {
    // The terminal and npm may both pass Ctrl-C on, so a second one counts only later.
    if (firstAt !== 0 && Date.now() - firstAt > 1000) process.exit(130)
    if (firstAt === 0) console.log('\nStopping the generator, and waiting for the rest to arrive. Ctrl-C again to leave at once.')
    firstAt ||= Date.now()
    stop.abort()
  })

  await using cleanUp = new AsyncDisposableStack()
  if (!options.keep) cleanUp.defer(() => rm(folder, { recursive: true, force: true }))
  console.log('Starting Kafka and the local AWS ...')
  const services = await startServices(folder)
  cleanUp.defer(() => services.stop())
  const env = { ...services.env, TRIBUTARY_ORDERS: String(options.orders ?? -1), TRIBUTARY_ORDERS_PER_SECOND: String(options.rate) }
  console.log(`Starting three workers; their logs are in ${folder}`)
  const pipeline = await Pipeline.start(services, { env, folder })
  cleanUp.defer(() => pipeline.stop())
  console.log(`REST: ${steps.map(step => `${step.name} ${step.url}`).join('   ')}${options.orders === null ? '\nCtrl-C ends it.' : ''}`)
  await watch(pipeline, options, stop.signal)
  console.log('\nReading everything back ...')
  const proof = await pipeline.prove(60_000)
  print(proof, services.env.TRIBUTARY_S3 ?? '')
  return proof.problems.length === 0 ? 0 : 1
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`)
  return 1
})
// Connections of the AWS clients would hold the process for their keep-alive time.
process.exit()
