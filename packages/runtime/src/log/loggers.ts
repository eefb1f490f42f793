import type { Log } from '@tributary/plugin'
import { pino } from 'pino'
import { levels, type LogLevel } from './levels.ts'
import { readableLine } from './readable.ts'

/** Names of our loggers, by the word for what they tell of: Java's, so that what operators know of levels goes on working. */
export const loggerNames = {
  cli: 'org.apache.kafka.connect.cli',
  worker: 'org.apache.kafka.connect.runtime.Worker',
  connector: 'org.apache.kafka.connect.runtime.WorkerConnector',
  sourceTask: 'org.apache.kafka.connect.runtime.WorkerSourceTask',
  sinkTask: 'org.apache.kafka.connect.runtime.WorkerSinkTask',
  errors: 'org.apache.kafka.connect.runtime.errors.LogReporter',
  standalone: 'org.apache.kafka.connect.runtime.standalone.StandaloneHerder',
  distributed: 'org.apache.kafka.connect.runtime.distributed.DistributedHerder',
  offsets: 'org.apache.kafka.connect.storage.OffsetBackingStore',
  rest: 'org.apache.kafka.connect.runtime.rest.RestServer',
  kafka: 'org.apache.kafka.clients'
} as const

/** What a line is about; shows as `[connector|worker]`, `[connector|task-0]`. */
export interface LogContext {
  readonly connector: string
  /** null: the connector itself. */
  readonly task: number | null
}

/** A level, and when it was set by a person: milliseconds since 1970, or null. Java's names for REST. */
export interface LoggerLevel {
  readonly level: LogLevel
  readonly last_modified: number | null
}

export type LogFormat = 'json' | 'readable'

/** What a thread needs to log as its worker does. */
export interface LoggingState {
  readonly format: LogFormat
  readonly levels: Readonly<Record<string, LoggerLevel>>
}

const root = 'root'

/** All loggers of a thread, with levels that can be changed while it runs. A level of a name holds for the names below it. */
export class Loggers {
  readonly format: LogFormat
  readonly #pino: pino.Logger
  readonly #levels = new Map<string, LoggerLevel>()
  readonly #thresholds = new Map<string, { level: number }>()
  readonly #listeners: ((name: string, level: LogLevel) => void)[] = []

  /** `write` takes whole lines; default: standard output, at once, so that nothing is lost when the process dies. */
  constructor (state: LoggingState, write?: (line: string) => void) {
    this.format = state.format
    this.#levels.set(root, { level: 'INFO', last_modified: null })
    for (const [name, level] of Object.entries(state.levels)) this.#levels.set(name, level)
    let writeLine = write
    if (writeLine === undefined) {
      const out = pino.destination({ dest: 1, sync: true })
      // A reader that went away (`| head`) is no reason to die.
      out.on('error', () => {})
      writeLine = line => { out.write(line) }
    }
    const raw = writeLine
    this.#pino = pino({ level: 'trace', base: null }, { write: state.format === 'json' ? raw : line => { raw(readableLine(line)) } })
  }

  /** What {@link Loggers} of another thread must be made from to be the same. */
  get state (): LoggingState {
    return { format: this.format, levels: Object.fromEntries(this.#levels) }
  }

  /** A logger; the same name may be asked for with many contexts. */
  logger (name: string, context: LogContext | null = null): Log {
    let threshold = this.#thresholds.get(name)
    if (threshold === undefined) {
      threshold = { level: levels[this.#levelOf(name).level] }
      this.#thresholds.set(name, threshold)
    }
    const fields = context === null
      ? { logger: name }
      : { logger: name, connector: context.connector, ...context.task === null ? {} : { task: context.task }, context: `${context.connector}|${context.task === null ? 'worker' : `task-${context.task}`}` }
    return new NamedLog(this.#pino.child(fields), threshold)
  }

  /** All loggers with their levels, by name; those that are OFF are left out, as in Java. */
  all (): Record<string, LoggerLevel> {
    const names = [...new Set([...this.#levels.keys(), ...this.#thresholds.keys()])].toSorted()
    return Object.fromEntries(names.map(name => [name, this.#levelOf(name)] as const).filter(([, { level }]) => level !== 'OFF'))
  }

  /** The level of one logger; null when nothing has that name. */
  get (name: string): LoggerLevel | null {
    const isKnown = this.#levels.has(name) || this.#thresholds.has(name) || [...this.#thresholds.keys()].some(one => one.startsWith(`${name}.`))
    return isKnown ? this.#levelOf(name) : null
  }

  /** Sets the level of a logger and of all below it; returns the names whose level changed, sorted. */
  set (name: string, level: LogLevel, at = Date.now()): string[] {
    const isBelow = (one: string): boolean => name === root || one === name || one.startsWith(`${name}.`)
    const changed: string[] = []
    for (const one of new Set([name, ...this.#levels.keys(), ...this.#thresholds.keys()])) {
      if (!isBelow(one) || (this.#levels.has(one) && this.#levels.get(one)!.level === level)) continue
      const before = this.#levelOf(one)
      if (before.level === level && one !== name) continue
      this.#levels.set(one, { level, last_modified: at })
      if (before.level !== level) changed.push(one)
    }
    for (const [one, threshold] of this.#thresholds) threshold.level = levels[this.#levelOf(one).level]
    for (const listener of this.#listeners) listener(name, level)
    return changed.toSorted()
  }

  /** Calls back with every `set`, so that threads can follow. */
  onSet (listener: (name: string, level: LogLevel) => void): void { this.#listeners.push(listener) }

  #levelOf (name: string): LoggerLevel {
    for (let prefix = name; prefix !== ''; prefix = prefix.slice(0, Math.max(0, prefix.lastIndexOf('.')))) {
      const own = this.#levels.get(prefix)
      if (own !== undefined) return prefix === name ? own : { level: own.level, last_modified: null }
    }
    return { level: this.#levels.get(root)!.level, last_modified: null }
  }
}

class NamedLog implements Log {
  readonly #pino: pino.Logger
  readonly #threshold: { readonly level: number }

  constructor (child: pino.Logger, threshold: { readonly level: number }) {
    this.#pino = child
    this.#threshold = threshold
  }

  error (fields: object, sentence: string): void { if (this.#threshold.level <= levels.ERROR) this.#pino.error(fields, sentence) }

  warn (fields: object, sentence: string): void { if (this.#threshold.level <= levels.WARN) this.#pino.warn(fields, sentence) }

  info (fields: object, sentence: string): void { if (this.#threshold.level <= levels.INFO) this.#pino.info(fields, sentence) }

  debug (fields: object, sentence: string): void { if (this.#threshold.level <= levels.DEBUG) this.#pino.debug(fields, sentence) }
}
