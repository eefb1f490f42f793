import { setTimeout as sleep } from 'node:timers/promises'
import { transactionalId } from '../../config/client-settings.ts'
import { messageOf } from '../../error-handling/java-error.ts'
import type { Admin } from '../../kafka/port.ts'
import { RestError } from '../rest-error.ts'
import { askLeader, type LeaderAccess } from './leader-request.ts'

/** A round that failed because of a rebalance or a missing leader is asked for again, this long apart and for this long in all. */
const retryMs = 500
const patienceMs = 60_000

export interface ZombieFencingOptions extends LeaderAccess {
  readonly admin: Admin
  /** Waits for a rebalance to end; rejects when it takes too long. */
  settled (): Promise<void>
}

/**
 * Makes sure that no task of an older set of task configurations can still write in transactions, before those of the new set start (KIP-618).
 * The leader does it, once for each set, and writes that down in the config topic.
 */
export class ZombieFencing {
  readonly #options: ZombieFencingOptions
  readonly #rounds = new Map<string, Promise<void>>()

  constructor (options: ZombieFencingOptions) { this.#options = options }

  /** Before tasks are started here: has the leader fence their predecessors. Goes on while `isWanted`, and throws when it does not succeed in time. */
  async request (connector: string, isWanted: () => boolean): Promise<void> {
    const { session, settled } = this.#options
    const end = performance.now() + patienceMs
    while (isWanted()) {
      try {
        await settled()
        if (session.isLeader) await this.fence(connector)
        else await askLeader(this.#options, 'PUT', `connectors/${encodeURIComponent(connector)}/fence`, null)
        return
      } catch (error) {
        // A new leader must first come to know that it leads; a worker that is gone is noticed by the group after its session.
        const isPassing = !(error instanceof RestError) || error.status === 409 || error.status >= 500
        if (!isPassing || performance.now() > end) throw new RestError(500, `Failed to perform round of zombie fencing: ${messageOf(error)}`, { cause: error })
      }
      await sleep(retryMs)
    }
  }

  /** On the leader: fences, unless it was done since the task configurations were last written. Requests at the same time share one round. */
  async fence (connector: string): Promise<void> {
    let round = this.#rounds.get(connector)
    if (round === undefined) {
      round = this.#fence(connector).finally(() => { this.#rounds.delete(connector) })
      this.#rounds.set(connector, round)
    }
    await round
  }

  async #fence (connector: string): Promise<void> {
    const { admin, config, settings } = this.#options
    await config.refresh()
    const { state } = config
    if (!state.needsFencing(connector)) return
    const generation = state.taskGeneration(connector)
    const before = state.fencedTasks(connector)
    const now = state.tasks(connector).length
    // With one task before and now, its own producer fences the other: both have the same transactional.id.
    if (before !== null && !(before === 1 && now === 1)) {
      await admin.fenceProducers(Array.from({ length: before }, (_, task) => transactionalId(settings.values['group.id'], connector, task)))
      await config.refresh()
      if (state.taskGeneration(connector) !== generation) throw new RestError(409, `Fencing of the tasks of ${connector} was overtaken by new task configurations; the request can be repeated.`)
    }
    await config.putFencing(connector, now)
  }
}
