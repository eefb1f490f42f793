import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '@tributary/plugin'
import type { GroupMember } from '../kafka/port.ts'
import { Timed } from '../metrics/timed.ts'
import type { Leader } from './leader.ts'
import { noWork, protocolNames, protocolVersion, readAssignment, writeMetadata, type Assignment, type ConnectProtocol, type Work } from './protocol.ts'

/** This worker's place in the group after a rebalance. */
export interface Membership {
  readonly memberId: string
  readonly leaderId: string
  readonly leaderUrl: string
  readonly generation: number
  /** Version of the protocol that the group agreed on; signed internal requests from 2 on. */
  readonly version: number
}

export interface GroupSessionOptions {
  readonly member: GroupMember
  readonly leader: Leader
  readonly protocol: ConnectProtocol
  /** Advertised REST address, with a slash at its end. */
  readonly url: string
  readonly log: Log
  /** `worker.sync.timeout.ms`, `worker.unsync.backoff.ms`, `scheduled.rebalance.max.delay.ms`. */
  readonly syncTimeoutMs: number
  readonly unsyncBackoffMs: number
  readonly maxDelayMs: number
  configOffset (): number
  /** Reads the config topic to its end of now. */
  refreshConfig (): Promise<void>
  /** Stops work and resolves when it can do no more harm. `isLost`: others may run it already, so nothing may be said of it any more. */
  stopWork (work: Work, options: { isLost: boolean }): Promise<void>
  /** Makes this worker run exactly `work`, as the config topic says now; must not wait for connector code. */
  startWork (work: Work, membership: Membership): void
  /** Called after each rebalance, before its work is started. */
  onRebalanced (membership: Membership): Promise<void>
}

const keyOf = (connector: string, task: number): string => `${connector}\u0000${task}`

/** `work` without `less`. */
export function withoutWork (work: Work, less: Work): Work {
  const tasks = new Set(less.tasks.map(({ connector, task }) => keyOf(connector, task)))
  return { connectors: work.connectors.filter(connector => !less.connectors.includes(connector)), tasks: work.tasks.filter(({ connector, task }) => !tasks.has(keyOf(connector, task))) }
}

function isEmpty (work: Work): boolean { return work.connectors.length + work.tasks.length === 0 }

/**
 * A worker's life in its group: joins, takes over what the leader assigns, gives up what it revokes, and joins again when the coordinator, the
 * config topic or a planned time asks for it. Nothing starts before this worker has read the config topic exactly as far as the assignment
 * says, so all workers act on the same configuration (KIP-415).
 */
export class GroupSession {
  /** Rebalances that this worker has completed. */
  readonly rebalances = new Timed()
  /** When the one under way began, by performance.now(); null: none is. */
  #rebalancingSince: number | null = null
  readonly #options: GroupSessionOptions
  #work: Work = noWork
  #membership: Membership | null = null
  /** A rebalance is wanted, or under way. */
  #isRejoining = true
  /** A rebalance was asked for since the one under way began. */
  #isAskedAgain = false
  #isLost = false
  #planned: NodeJS.Timeout | undefined
  #wake = Promise.withResolvers<void>()
  #settled = Promise.withResolvers<void>()
  #failedSyncs = 0

  constructor (options: GroupSessionOptions) {
    this.#options = options
    options.member.onRebalance(reason => {
      if (reason !== 'rebalance') this.#isLost = true
      this.rejoin(reason === 'rebalance' ? 'the coordinator asks for it' : reason === 'lost' ? 'this worker was thrown out of the group' : 'the coordinator cannot be reached')
    })
  }

  /** null before the first rebalance and while this worker is out of the group. */
  get membership (): Membership | null { return this.#membership }

  get isLeader (): boolean { return this.#membership !== null && this.#membership.leaderId === this.#membership.memberId }

  /** Work that this worker owns. */
  get work (): Work { return this.#work }

  /** Whether a rebalance is wanted or under way. */
  get isRebalancing (): boolean { return this.#isRejoining }

  /** Asks for a rebalance, soon. */
  rejoin (why: string): void {
    if (!this.#isRejoining) {
      this.#options.log.info({ why }, `Joining the group again: ${why}.`)
      this.#isRejoining = true
      this.#settled = Promise.withResolvers<void>()
    }
    this.#isAskedAgain = true
    this.#wake.resolve()
  }

  /** Resolves when no rebalance is wanted or under way; rejects with an AbortError. */
  async settled (signal: AbortSignal): Promise<void> {
    while (this.#isRejoining) {
      signal.throwIfAborted()
      const { promise, reject, resolve } = Promise.withResolvers<void>()
      const abort = (): void => { reject(signal.reason as Error) }
      signal.addEventListener('abort', abort, { once: true })
      this.#settled.promise.then(resolve, reject)
      await promise.finally(() => { signal.removeEventListener('abort', abort) })
    }
  }

  /** Lives in the group until `signal` aborts, then stops all work and leaves. Rejects when the group cannot be joined at all. */
  async run (signal: AbortSignal): Promise<void> {
    const wakeUp = (): void => { this.#wake.resolve() }
    signal.addEventListener('abort', wakeUp)
    try {
      while (!signal.aborted) {
        if (this.#isRejoining) await this.#rebalance(signal)
        else await this.#wake.promise
        this.#wake = Promise.withResolvers<void>()
        if (this.#isRejoining) this.#wake.resolve()
      }
    } finally {
      signal.removeEventListener('abort', wakeUp)
      clearTimeout(this.#planned)
      await this.#giveUpAll()
      await this.#options.member.leave()
    }
  }

  async #giveUpAll ({ isLost = false } = {}): Promise<void> {
    const work = this.#work
    this.#work = noWork
    if (!isEmpty(work)) await this.#options.stopWork(work, { isLost })
  }

  async #rebalance (signal: AbortSignal): Promise<void> {
    clearTimeout(this.#planned)
    this.#rebalancingSince ??= performance.now()
    this.#isAskedAgain = false
    if (this.#isLost) {
      // Others may run this work already, or will soon.
      this.#isLost = false
      this.#membership = null
      await this.#giveUpAll({ isLost: true })
    }
    if (this.#membership?.version === 0 || this.#options.protocol === 'eager') await this.#giveUpAll()
    const joined = await this.#join(signal)
    if (joined === null) return
    const { membership, assignment } = joined
    await this.#apply(membership, assignment, signal)
  }

  async #join (signal: AbortSignal): Promise<{ membership: Membership, assignment: Assignment } | null> {
    const { member, leader, protocol, url, configOffset } = this.#options
    const completed = this.#membership?.generation ?? -1
    const current = this.#membership === null ? noWork : this.#work
    try {
      const joined = await member.join({
        protocols: protocolNames[protocol].map(name => ({ name, metadata: writeMetadata({ version: protocolVersion[name] ?? 0, url, configOffset: configOffset(), current }) })),
        assign: async (members, round) => await leader.assign(members, { ...round, completed }),
        signal
      })
      const assignment = readAssignment(joined.assignment)
      return {
        assignment,
        membership: { memberId: joined.memberId, leaderId: assignment.leader || joined.leaderId, leaderUrl: assignment.leaderUrl, generation: joined.generation, version: protocolVersion[joined.protocol] ?? 0 }
      }
    } catch (error) {
      if (signal.aborted) return null
      this.#options.log.warn({ error: (error as Error).message }, `Could not join the group: ${(error as Error).message} Trying again.`)
      await sleep(1000, undefined, { signal }).catch(() => {})
      return null
    }
  }

  async #apply (membership: Membership, assignment: Assignment, signal: AbortSignal): Promise<void> {
    this.#membership = membership
    const isWhole = membership.version === 0
    if (!isWhole && !isEmpty(assignment.revoked)) {
      this.#work = withoutWork(this.#work, assignment.revoked)
      await this.#options.stopWork(assignment.revoked, { isLost: false })
    }
    const kept = isWhole ? noWork : withoutWork(this.#work, assignment.assigned)
    this.#work = { connectors: [...kept.connectors, ...assignment.assigned.connectors], tasks: [...kept.tasks, ...assignment.assigned.tasks] }
    if (!await this.#catchUp(assignment, signal)) return
    await this.#options.onRebalanced(membership)
    this.#options.log.info({ generation: membership.generation, leader: membership.leaderUrl, connectors: this.#work.connectors.length, tasks: this.#work.tasks.length, delayMs: assignment.delayMs },
      `Rebalanced: generation ${membership.generation}, ${this.#work.connectors.length} connectors and ${this.#work.tasks.length} tasks here.`)
    if (assignment.delayMs > 0) this.#planned = setTimeout(() => { this.rejoin('the planned time has come') }, assignment.delayMs)
    if (this.#isLost) return
    this.#options.startWork(this.#work, membership)
    // What was revoked here is handed out to others in a round of its own.
    if (this.#isAskedAgain || (!isWhole && !isEmpty(assignment.revoked))) return
    this.#isRejoining = false
    if (this.#rebalancingSince !== null) this.rebalances.note(this.#rebalancingSince)
    this.#rebalancingSince = null
    this.#settled.resolve()
  }

  /** Reads the config topic as far as the assignment asks; false: join again. */
  async #catchUp (assignment: Assignment, signal: AbortSignal): Promise<boolean> {
    const { log, refreshConfig, syncTimeoutMs, configOffset } = this.#options
    if (assignment.error === 0 && configOffset() === assignment.configOffset) {
      this.#failedSyncs = 0
      return true
    }
    const timedOut = Symbol('timed out')
    const outcome = await Promise.race([refreshConfig(), sleep(syncTimeoutMs, timedOut)])
    if (outcome === timedOut) {
      await this.#backOff(signal)
      return false
    }
    this.#failedSyncs = 0
    if (assignment.error === 0 && configOffset() === assignment.configOffset) return true
    log.info({ ours: configOffset(), assigned: assignment.configOffset }, 'The config topic has moved on since the assignment; joining again.')
    return false
  }

  /** This worker cannot follow the config topic: leaves the group for a while, and after five times in a row gives up its work, which others then take. */
  async #backOff (signal: AbortSignal): Promise<void> {
    const { log, member, unsyncBackoffMs, maxDelayMs, syncTimeoutMs } = this.#options
    this.#failedSyncs += 1
    log.warn({ syncTimeoutMs }, `Could not read the config topic to its end in ${syncTimeoutMs} ms (worker.sync.timeout.ms); leaving the group for a while.`)
    const isEager = this.#membership?.version === 0
    this.#membership = null
    await member.leave()
    if (isEager || this.#failedSyncs > 5) {
      this.#failedSyncs = 0
      await this.#giveUpAll()
    }
    const waitMs = isEager ? unsyncBackoffMs : maxDelayMs / 10 / Math.max(1, 6 - this.#failedSyncs)
    await sleep(waitMs, undefined, { signal }).catch(() => {})
  }
}
