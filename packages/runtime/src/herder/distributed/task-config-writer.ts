import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectError, type Log, type RawConfig } from '@tributary/plugin'
import { withoutSecrets } from '../../config/config-transformer.ts'
import { messageOf } from '../../error-handling/java-error.ts'
import type { Worker } from '../../worker/worker.ts'
import { tasksChanged } from '../task-configs.ts'
import { askLeader, type LeaderAccess } from './leader-request.ts'

/** Back-off between attempts, as in Java. */
const backoff = { firstMs: 250, maxMs: 60_000 }

export interface TaskConfigWriterOptions extends LeaderAccess {
  readonly worker: Worker
  readonly log: Log
  /** Waits for a rebalance to end; rejects when it takes too long. */
  settled (): Promise<void>
  connectorFailed (connector: string, reason: string): void
}

/** Makes the task configurations of connectors that run here, and has the leader write those that differ from what is stored. */
export class TaskConfigWriter {
  readonly #options: TaskConfigWriterOptions
  readonly #writing = new Map<string, AbortController>()

  constructor (options: TaskConfigWriterOptions) { this.#options = options }

  /** Begins, again if it was under way; goes on until it works or is not wanted any more. */
  write (connector: string): void {
    this.cancel(connector)
    const cancel = new AbortController()
    this.#writing.set(connector, cancel)
    void this.#write(connector, cancel.signal).finally(() => { if (this.#writing.get(connector) === cancel) this.#writing.delete(connector) })
  }

  cancel (connector: string): void { this.#writing.get(connector)?.abort() }

  stop (): void {
    for (const one of this.#writing.values()) one.abort()
  }

  async #write (connector: string, signal: AbortSignal): Promise<void> {
    const { worker, config: { state }, log, connectorFailed } = this.#options
    for (let waitMs = backoff.firstMs; !signal.aborted; waitMs = Math.min(backoff.maxMs, waitMs * 2)) {
      const running = worker.connector(connector)
      const raw = state.config(connector)
      if (running === null || raw === null || state.targetState(connector) !== 'STARTED') return
      try {
        const tasks = (await running.taskConfigs()).map(task => withoutSecrets(raw, task))
        if (!tasksChanged({ tasks: state.tasks(connector), applied: state.appliedConfig(connector) }, { tasks, connector: raw }) && !state.isInconsistent(connector)) return
        if (signal.aborted) return
        await this.#send(connector, tasks)
        return
      } catch (error) {
        if (error instanceof ConnectError && (error.kind === 'config' || error.code === 'CONNECTOR_HANGS')) {
          connectorFailed(connector, error.message)
          return
        }
        log.warn({ connector, err: error }, `Could not write the task configurations of ${connector}: ${messageOf(error)} Trying again in ${waitMs} ms.`)
      }
      await sleep(waitMs, undefined, { signal }).catch(() => {})
    }
  }

  async #send (connector: string, tasks: readonly RawConfig[]): Promise<void> {
    const { session, config, settled } = this.#options
    await settled()
    if (session.isLeader) {
      await config.putTasks(connector, tasks)
      return
    }
    await askLeader(this.#options, 'POST', `connectors/${encodeURIComponent(connector)}/tasks`, Buffer.from(JSON.stringify(tasks)))
  }
}
