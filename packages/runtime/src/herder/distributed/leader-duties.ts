import type { Log } from '@tributary/plugin'
import type { DistributedWorkerConfig } from '../../config/worker-config.ts'
import { messageOf } from '../../error-handling/java-error.ts'
import type { GroupSession } from '../../group/group-session.ts'
import type { Leader } from '../../group/leader.ts'
import type { ConfigTopic } from '../../storage/config-topic.ts'
import type { StatusTopic } from '../../storage/status-topic.ts'
import { generateSessionKey, isCurrent } from './signature.ts'

/** The longest time that a timer of Node can wait. */
const longestTimerMs = 2 ** 31 - 1

export interface LeaderDutiesOptions {
  readonly worker: DistributedWorkerConfig
  readonly config: ConfigTopic
  readonly statuses: StatusTopic
  readonly leader: Leader
  readonly session: GroupSession
  readonly log: Log
  /** Aborts when the worker stops. */
  readonly end: AbortSignal
}

/** What the leader does besides assigning work: it keeps a session key, and puts the statuses in order. */
export class LeaderDuties {
  readonly #options: LeaderDutiesOptions
  #keyTimer: NodeJS.Timeout | undefined

  constructor (options: LeaderDutiesOptions) { this.#options = options }

  /** Called after each rebalance that this worker led. `version`: of the protocol; requests are signed from 2 on. */
  begin (version: number): void {
    if (version >= 2) void this.#keepSessionKey()
    this.#cleanStatuses()
  }

  /** Another worker leads from now on, or none. */
  stop (): void { clearTimeout(this.#keyTimer) }

  /** Makes a new session key when there is none that may go on being used, and looks again when it will have grown old. */
  async #keepSessionKey (): Promise<void> {
    const { worker: { values }, config, session, log, end } = this.#options
    const wanted = { algorithm: values['inter.worker.key.generation.algorithm'], bits: values['inter.worker.key.size'], ttlMs: values['inter.worker.key.ttl.ms'] }
    try {
      const current = config.state.sessionKey
      if (current === null || !isCurrent(current, wanted, Date.now())) await config.putSessionKey(generateSessionKey(wanted.algorithm, wanted.bits, Date.now()))
    } catch (error) {
      log.warn({ err: error }, `Could not write a session key: ${messageOf(error)}`)
    }
    const leftMs = (config.state.sessionKey?.createdAt ?? 0) + wanted.ttlMs - Date.now()
    if (wanted.ttlMs === 0 || !session.isLeader || end.aborted) return
    this.#keyTimer = setTimeout(() => { void this.#keepSessionKey() }, Math.max(1000, Math.min(leftMs, longestTimerMs)))
  }

  /** Removes statuses of what is no longer configured, and shows work that nobody runs any more as such. */
  #cleanStatuses (): void {
    const { config, statuses, leader, session } = this.#options
    for (const connector of statuses.state.connectors()) {
      const count = config.state.config(connector) === null ? -1 : config.state.tasks(connector).length
      if (count === -1) statuses.removeConnector(connector)
      for (const [task, status] of statuses.state.tasks(connector)) {
        if (task >= count) statuses.removeTask(connector, task)
        else if (status.state !== 'UNASSIGNED' && leader.owners.urlOf(connector, task) === null) {
          statuses.putTask(connector, task, { ...status, state: 'UNASSIGNED', trace: null, generation: session.membership?.generation ?? status.generation, version: null }, { safe: false })
        }
      }
    }
  }
}
