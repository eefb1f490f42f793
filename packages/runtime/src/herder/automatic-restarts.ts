import type { Log, RawConfig, TaskId } from '@tributary/plugin'
import { configOf, t } from '@tributary/plugin'
import { sourceConnectorKeys } from '../config/connector-keys.ts'
import type { Herder } from './herder.ts'

const { 'restart.max.attempts': maxAttempts, 'restart.backoff.ms': backoff, 'restart.backoff.max.ms': maxBackoff } = sourceConnectorKeys.keys
const keys = t.object({ 'restart.max.attempts': maxAttempts, 'restart.backoff.ms': backoff, 'restart.backoff.max.ms': maxBackoff })

interface Attempts { count: number, runningSinceMs: number | null, timer: NodeJS.Timeout | null }

/** Milliseconds before the n-th restart in a row, n from 0: twice as long each time, up to the longest. */
export function backoffMs (attempt: number, firstMs: number, longestMs: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 40))
}

/**
 * Restarts failed tasks of this worker by themselves, as `restart.max.attempts` of their connector says; the default is never, as in Kafka. A
 * task that has run as long as the longest back-off counts from the beginning again.
 */
export class AutomaticRestarts {
  readonly #herder: Pick<Herder, 'connectorInfo' | 'taskStatus' | 'restartTask'>
  readonly #log: Log
  readonly #attempts = new Map<string, Attempts>()
  #isClosed = false

  constructor (herder: Pick<Herder, 'connectorInfo' | 'taskStatus' | 'restartTask'>, log: Log) {
    this.#herder = herder
    this.#log = log
  }

  /** A task runs. */
  running (id: TaskId): void {
    const attempts = this.#attempts.get(keyOf(id))
    if (attempts !== undefined) attempts.runningSinceMs = performance.now()
  }

  /** A task failed. */
  failed (id: TaskId): void {
    if (this.#isClosed) return
    void this.#plan(id).catch((error: unknown) => { this.#log.error({ connector: id.connector, task: id.task, err: error }, 'Cannot restart the failed task by itself.') })
  }

  /** Restarts nothing any more. */
  close (): void {
    this.#isClosed = true
    for (const { timer } of this.#attempts.values()) if (timer !== null) clearTimeout(timer)
    this.#attempts.clear()
  }

  async #plan (id: TaskId): Promise<void> {
    const settings = configOf(keys, pick((await this.#herder.connectorInfo(id.connector)).config))
    const limit = settings['restart.max.attempts']
    if (limit === 0 || this.#isClosed) return
    const attempts = this.#attempts.get(keyOf(id)) ?? { count: 0, runningSinceMs: null, timer: null }
    this.#attempts.set(keyOf(id), attempts)
    if (attempts.timer !== null) return
    if (attempts.runningSinceMs !== null && performance.now() - attempts.runningSinceMs >= settings['restart.backoff.max.ms']) attempts.count = 0
    if (limit > 0 && attempts.count >= limit) {
      this.#log.error({ connector: id.connector, task: id.task }, `The task failed again after ${attempts.count} automatic restarts; it stays failed.`)
      return
    }
    const ms = backoffMs(attempts.count++, settings['restart.backoff.ms'], settings['restart.backoff.max.ms'])
    this.#log.warn({ connector: id.connector, task: id.task, ms }, `The task failed; automatic restart ${attempts.count} follows in ${ms} ms.`)
    attempts.timer = setTimeout(() => {
      attempts.timer = null
      void this.#restart(id)
    }, ms)
  }

  /** Restarts the task if it still is failed: somebody may have restarted, stopped or moved it meanwhile. */
  async #restart (id: TaskId): Promise<void> {
    try {
      const { state } = await this.#herder.taskStatus(id.connector, id.task)
      if (state === 'FAILED' && !this.#isClosed) await this.#herder.restartTask(id.connector, id.task)
    } catch (error) {
      this.#log.warn({ connector: id.connector, task: id.task, err: error }, 'The automatic restart of the task did not work.')
      this.failed(id)
    }
  }
}

function keyOf ({ connector, task }: TaskId): string { return `${connector}-${task}` }

function pick (config: RawConfig): RawConfig {
  return Object.fromEntries(Object.entries(config).filter(([key]) => Object.hasOwn(keys.keys, key)))
}
