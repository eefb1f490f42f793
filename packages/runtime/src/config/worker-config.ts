import type { ConfigObject, ConfigProblem, Infer, RawConfig, UnknownKey } from '@tributary/plugin'
import { aliasedKeys, configError, invalidValue, parseConfig, redact, unknownKeys } from '@tributary/plugin'
import { transformConfig } from './config-transformer.ts'
import type { Plugins } from './plugins.ts'
import type { ConfigProvider } from './providers.ts'
import { declaredProviders } from './providers.ts'
import { distributedWorkerKeys, standaloneWorkerKeys } from './worker-keys.ts'

export type StandaloneValues = Infer<typeof standaloneWorkerKeys>
export type DistributedValues = Infer<typeof distributedWorkerKeys>
export type WorkerMode = 'standalone' | 'distributed'

interface Common<M extends WorkerMode, V> {
  readonly mode: M
  /** Parsed values of all keys that Connect defines, by key. */
  readonly values: V
  /** Everything in the file, as text, with variables of config providers replaced. */
  readonly raw: RawConfig
  /** For log and REST: the same with secrets hidden. */
  readonly redacted: RawConfig
  /** Config providers of the worker, for connector configurations too. */
  readonly providers: ReadonlyMap<string, ConfigProvider>
  /** Sentences worth a warning: unknown keys, old names, settings without effect. */
  readonly warnings: readonly string[]
}

export type StandaloneWorkerConfig = Common<'standalone', StandaloneValues>
export type DistributedWorkerConfig = Common<'distributed', DistributedValues>
/** The configuration of a worker. */
export type WorkerConfig = StandaloneWorkerConfig | DistributedWorkerConfig

/** What is known of classes when a worker file is read. */
export interface WorkerConfigOptions {
  /** For messages; default `the worker configuration`. */
  file?: string
  /** Where config providers are looked for that are none of Kafka's. */
  plugins?: Pick<Plugins, 'find'>
  /** Whether a class of this name, given for this key, exists. */
  classExists?: (name: string, key: string) => boolean
}

/** Keys with a prefix, without it. */
export function withPrefix (raw: RawConfig, prefix: string): RawConfig {
  return Object.fromEntries(Object.entries(raw).flatMap(([key, value]) => key.startsWith(prefix) && key.length > prefix.length ? [[key.slice(prefix.length), value]] : []))
}

// Keys with these beginnings belong to someone else: clients, converters, providers, listeners, topics.
const open = /^(?:producer|consumer|admin|config\.providers|(?:key|value|header)\.converter|(?:config|offset|status)\.storage|listeners\.https|admin\.listeners\.https|metrics\.context|rest\.extension)\.|^internal\.(?:key|value)\.converter(?:\.|$)/

function keyGeneratorProblem (values: DistributedValues): ConfigProblem | null {
  const size = values['inter.worker.key.size']
  if (size === null || size >= 40) return null
  return {
    key: 'inter.worker.key.size',
    message: `Unable to create key generator with algorithm ${values['inter.worker.key.generation.algorithm']} and key size ${size}: Key length must be at least 40 bits`
  }
}

/** What Kafka checks across keys once each is good. */
function crossProblems (values: DistributedValues): ConfigProblem[] {
  const size = keyGeneratorProblem(values)
  const signature = values['inter.worker.signature.algorithm']
  const isVerified = values['inter.worker.verification.algorithms'].includes(signature)
  return [
    ...size === null ? [] : [size],
    ...isVerified ? [] : [{ key: 'inter.worker.signature.algorithm', message: invalidValue('inter.worker.signature.algorithm', signature, 'Signature algorithm must be present in inter.worker.verification.algorithms list') }]
  ]
}

function unknownWarning ({ key, suggestion }: UnknownKey, file: string): string {
  return suggestion === null ? `Unknown key "${key}" in ${file}: Connect does not read it, Kafka clients may.` : `Unknown key "${key}" in ${file}: did you mean "${suggestion}"?`
}

function warningsOf (keys: ConfigObject, raw: RawConfig, file: string, mode: WorkerMode): string[] {
  const warnings = unknownKeys([keys], raw).filter(({ key }) => !open.test(key)).filter(({ key }) => mode === 'distributed' || !Object.hasOwn(distributedWorkerKeys.keys, key)).map(unknown => unknownWarning(unknown, file))
  const removed = Object.keys(raw).filter(key => /^internal\.(?:key|value)\.converter(?:\.|$)/.test(key))
  if (removed.length > 0) warnings.push(`${file}: ${removed.join(', ')} ${removed.length === 1 ? 'has' : 'have'} no effect since Kafka 3.0; internal data is always JSON without schemas.`)
  for (const { key, use } of aliasedKeys([keys], raw)) warnings.push(`${file}: "${key}" is an old name, use "${use}".`)
  if (mode === 'distributed') {
    for (const prefix of ['config', 'offset', 'status']) {
      if (Object.hasOwn(raw, `${prefix}.storage.cleanup.policy`)) warnings.push(`${file}: ${prefix}.storage.cleanup.policy is ignored, the topic is always compacted.`)
    }
    if (Object.hasOwn(raw, 'config.storage.partitions')) warnings.push(`${file}: config.storage.partitions is ignored, the topic always has one partition.`)
  }
  return warnings
}

/** Problems of a file as one error: a single message as it is, with the file's name before it, several as a list. */
function fileError (file: string, problems: readonly ConfigProblem[]): Error {
  const lines = problems.map(({ message }) => message)
  return configError(lines.length === 1 ? `${file}: ${lines[0]}` : `${file} has ${lines.length} errors:\n${lines.join('\n')}`)
}

/** Reads a worker configuration and all that is wrong with it. `value` is null when there are problems. */
export async function readWorkerConfig (mode: WorkerMode, given: RawConfig, options: WorkerConfigOptions = {}): Promise<{ value: WorkerConfig | null, problems: ConfigProblem[] }> {
  const file = options.file ?? 'the worker configuration'
  const providers = await declaredProviders(given, options.plugins)
  const { config: raw } = await transformConfig(providers, given)
  const classes = options.classExists === undefined ? {} : { classExists: options.classExists }
  const rest = (keys: ConfigObject): Omit<Common<WorkerMode, unknown>, 'mode' | 'values'> => ({ raw, redacted: redact(keys, raw), providers, warnings: warningsOf(keys, raw, file, mode) })
  if (mode === 'standalone') {
    const { value: values, problems } = parseConfig(standaloneWorkerKeys, raw, classes)
    return { value: problems.length > 0 ? null : { mode, values, ...rest(standaloneWorkerKeys) }, problems }
  }
  const { value, problems: single } = parseConfig(distributedWorkerKeys, raw, classes)
  const problems = single.length > 0 ? single : crossProblems(value)
  return { value: problems.length > 0 ? null : { mode, values: withBackoff(value, raw), ...rest(distributedWorkerKeys) }, problems }
}

// Kafka: a longest back-off left out is at least the first.
function withBackoff (values: DistributedValues, raw: RawConfig): DistributedValues {
  const hasMax = Object.hasOwn(raw, 'reconnect.backoff.max.ms')
  return hasMax || !Object.hasOwn(raw, 'reconnect.backoff.ms') ? values : { ...values, 'reconnect.backoff.max.ms': values['reconnect.backoff.ms'] }
}

/** The worker configuration. Throws one ConnectError of kind `config` that names the file and lists all problems. */
export async function workerConfigOf (mode: 'standalone', given: RawConfig, options?: WorkerConfigOptions): Promise<StandaloneWorkerConfig>
export async function workerConfigOf (mode: 'distributed', given: RawConfig, options?: WorkerConfigOptions): Promise<DistributedWorkerConfig>
export async function workerConfigOf (mode: WorkerMode, given: RawConfig, options?: WorkerConfigOptions): Promise<WorkerConfig>
export async function workerConfigOf (mode: WorkerMode, given: RawConfig, options: WorkerConfigOptions = {}): Promise<WorkerConfig> {
  const { value, problems } = await readWorkerConfig(mode, given, options)
  if (value === null) throw fileError(options.file ?? 'the worker configuration', problems)
  return value
}

/** Whether source tasks of a worker write in transactions (KIP-618); `preparing`: not yet, but the leader does, and readers wait for commits. */
export type ExactlyOnceSupport = 'disabled' | 'preparing' | 'enabled'

export function exactlyOnceSupport (worker: WorkerConfig): ExactlyOnceSupport {
  return worker.mode === 'standalone' ? 'disabled' : worker.values['exactly.once.source.support'].toLowerCase() as ExactlyOnceSupport
}

/** Extra settings for an internal topic that a distributed worker creates, from keys such as `offset.storage.segment.bytes`. */
export function storageTopicSettings (raw: RawConfig, store: 'config' | 'offset' | 'status'): RawConfig {
  const own = new Set(['topic', 'partitions', 'replication.factor', 'cleanup.policy'])
  return Object.fromEntries(Object.entries(withPrefix(raw, `${store}.storage.`)).filter(([key]) => !own.has(key)))
}
