import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectError } from '@tributary/plugin'
import type { Cluster } from './cluster.ts'
import { brokerError, check, isTransient } from './failure.ts'
import { GroupStatistics } from './group-statistics.ts'
import type { Link } from './link.ts'
import type { GroupMember, GroupMemberOptions } from './port.ts'

const illegalGeneration = 22
const unknownMemberId = 25
const rebalanceInProgress = 27
const memberIdRequired = 79
const fencedInstanceId = 82
const leaveTimeoutMs = 5000
const answerGraceMs = 5000

interface JoinAnswer {
  readonly errorCode: number
  readonly generationId: number
  readonly groupProtocol: string
  readonly leaderId: string
  readonly memberId: string
  readonly members: readonly { memberId: string, memberMetadata: Buffer }[]
}

export type JoinOptions = Parameters<GroupMember['join']>[0]
export type Joined = Awaited<ReturnType<GroupMember['join']>>
export type GroupEvent = Parameters<Parameters<GroupMember['onRebalance']>[0]>[0]

/** Membership of a group by the classic protocol (JoinGroup, SyncGroup, Heartbeat, LeaveGroup). Heartbeats go on by themselves between joins. */
export class GroupSession {
  readonly statistics = new GroupStatistics()
  readonly #cluster: Cluster
  readonly #options: GroupMemberOptions
  readonly #onEvent: (event: GroupEvent) => void
  #memberId = ''
  #generation = -1
  #timer: NodeJS.Timeout | null = null
  /** Counts joins: a heartbeat that was sent before the last one says nothing. */
  #round = 0
  #isJoining = false
  /** The connection of the last join, on which an answer may still come. */
  #link: Link | null = null
  #lastContact = 0
  #told: GroupEvent | null = null

  constructor (cluster: Cluster, options: GroupMemberOptions, onEvent: (event: GroupEvent) => void) {
    this.#cluster = cluster
    this.#options = options
    this.#onEvent = onEvent
  }

  get memberId (): string { return this.#memberId }
  get generation (): number { return this.#generation }
  /** Time of the coordinator's last answer. */
  get lastContact (): number { return this.#lastContact }

  async join ({ protocols, assign, signal }: JoinOptions): Promise<Joined> {
    this.#stopHeartbeats()
    this.#isJoining = true
    this.#lastContact = Date.now()
    const begunAt = performance.now()
    try {
      for (let attempt = 0; ; attempt++) {
        const joined = await abortable(() => this.#tryJoin(protocols, assign), signal).catch(async (error: unknown) => {
          if (!signal.aborted) this.statistics.failedRebalances++
          if (signal.aborted || !isTransient(error)) throw error
          this.#cluster.forgetCoordinator('group', this.#options.groupId)
          if (Date.now() - this.#lastContact > this.#options.sessionTimeoutMs) throw error
          await sleep(this.#cluster.backoffMs(attempt), undefined, { signal: AbortSignal.any([signal, this.#cluster.closed]) })
          return null
        })
        if (joined === null) continue
        this.statistics.rebalances.note(begunAt)
        this.#startHeartbeats()
        return joined
      }
    } catch (error) {
      // An answer that comes after all must not be taken for one to a later question.
      if (signal.aborted) this.#link?.close()
      throw error
    } finally {
      this.#isJoining = false
    }
  }

  /** One JoinGroup and SyncGroup; null when the coordinator wants another round at once. */
  async #tryJoin (protocols: JoinOptions['protocols'], assign: JoinOptions['assign']): Promise<Joined | null> {
    const { groupId, protocolType, sessionTimeoutMs, rebalanceTimeoutMs } = this.#options
    const doing = `Cannot join group ${groupId}`
    const link = this.#link = await this.#cluster.coordinator('group', groupId)
    const joinAt = performance.now()
    const answer = await link.call<JoinAnswer>('JoinGroup', {
      groupId,
      protocolType,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: rebalanceTimeoutMs,
      memberId: this.#memberId,
      groupInstanceId: null,
      groupProtocols: protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) }))
    }, { timeoutMs: Math.max(sessionTimeoutMs, rebalanceTimeoutMs) + answerGraceMs })
    if (answer.errorCode === memberIdRequired) {
      this.#memberId = answer.memberId
      return null
    }
    if (this.#isForgotten(answer.errorCode)) return this.#failed()
    check(answer.errorCode, doing)
    this.statistics.joins.note(joinAt)
    this.#lastContact = Date.now()
    this.#memberId = answer.memberId
    this.#generation = answer.generationId

    const isLeader = answer.leaderId === answer.memberId
    const assignments = isLeader ? await assign(answer.members.map(({ memberId, memberMetadata }) => ({ id: memberId, metadata: memberMetadata })), { protocol: answer.groupProtocol, leaderId: answer.leaderId, generation: answer.generationId }) : new Map<string, Uint8Array>()
    const syncAt = performance.now()
    const synced = await link.call<{ errorCode: number, memberAssignment: Buffer | null }>('SyncGroup', {
      groupId,
      generationId: this.#generation,
      memberId: this.#memberId,
      groupAssignment: Array.from(assignments, ([memberId, assignment]) => ({ memberId, memberAssignment: Buffer.from(assignment) }))
    }, { timeoutMs: Math.max(sessionTimeoutMs, rebalanceTimeoutMs) + answerGraceMs })
    if (synced.errorCode === rebalanceInProgress || this.#isForgotten(synced.errorCode)) return this.#failed()
    check(synced.errorCode, doing)
    this.statistics.syncs.note(syncAt)
    this.#lastContact = Date.now()
    return { memberId: this.#memberId, leaderId: answer.leaderId, generation: this.#generation, protocol: answer.groupProtocol, assignment: synced.memberAssignment ?? Buffer.alloc(0) }
  }

  /** This round led to nothing; another follows. */
  #failed (): null {
    this.statistics.failedRebalances++
    return null
  }

  #isForgotten (code: number): boolean {
    if (code === unknownMemberId || code === fencedInstanceId) this.#memberId = ''
    if (code !== unknownMemberId && code !== illegalGeneration) return false
    this.#generation = -1
    return true
  }

  #startHeartbeats (): void {
    this.#told = null
    this.#beatIn(this.#options.heartbeatIntervalMs, ++this.#round)
  }

  #stopHeartbeats (): void {
    this.#round++
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #beatIn (ms: number, round: number): void {
    this.#timer = setTimeout(() => {
      this.#beat(round).catch((error: unknown) => { if (!this.#cluster.closed.aborted) this.#unreachable(round, error) })
    }, ms)
  }

  async #beat (round: number): Promise<void> {
    const { groupId, heartbeatIntervalMs } = this.#options
    const link = await this.#cluster.coordinator('group', groupId)
    const sentAt = performance.now()
    const { errorCode } = await link.call<{ errorCode: number }>('Heartbeat', { groupId, groupGenerationId: this.#generation, memberId: this.#memberId })
    if (round !== this.#round) return
    this.statistics.heartbeats.note(sentAt)
    if (errorCode === 0 || errorCode === rebalanceInProgress) {
      this.#lastContact = Date.now()
      if (errorCode === rebalanceInProgress) this.#tell('rebalance')
      else if (this.#told === 'unreachable') this.#told = null
      this.#beatIn(heartbeatIntervalMs, round)
    } else if (this.#isForgotten(errorCode) || errorCode === fencedInstanceId) {
      this.#stopHeartbeats()
      this.#tell('lost')
    } else {
      throw brokerError(errorCode, `Cannot stay in group ${groupId}`)
    }
  }

  #unreachable (round: number, error: unknown): void {
    if (round !== this.#round) return
    this.#cluster.forgetCoordinator('group', this.#options.groupId)
    if (!isTransient(error)) {
      this.#stopHeartbeats()
      this.#tell('lost')
      return
    }
    if (Date.now() - this.#lastContact > this.#patienceMs) this.#tell('unreachable')
    this.#beatIn(Math.min(this.#options.heartbeatIntervalMs, this.#cluster.backoffMs(2)), round)
  }

  /** A coordinator that moves to another broker is back well within the session; the other half of it is for what has to be stopped then. */
  get #patienceMs (): number {
    const { heartbeatIntervalMs, sessionTimeoutMs } = this.#options
    return Math.max(2 * heartbeatIntervalMs, sessionTimeoutMs / 2)
  }

  /** Each event once until the next join. */
  #tell (event: GroupEvent): void {
    if (this.#told === event) return
    this.#told = event
    this.#onEvent(event)
  }

  /** The coordinator knows this member no more, as an answer to something else said. */
  forget (): void {
    this.#stopHeartbeats()
    this.#memberId = ''
    this.#generation = -1
    this.#tell('lost')
  }

  async leave (): Promise<void> {
    this.#stopHeartbeats()
    const { groupId } = this.#options
    const memberId = this.#memberId
    this.#memberId = ''
    this.#generation = -1
    if (memberId === '') return
    if (this.#isJoining) this.#link?.close()
    try {
      const link = await this.#cluster.coordinator('group', groupId)
      await link.call('LeaveGroup', { groupId, memberId }, { timeoutMs: leaveTimeoutMs })
    } catch (error) {
      // The coordinator notices by itself when the session ends.
      if (!(error instanceof ConnectError)) throw error
    }
  }

  close (): void { this.#stopHeartbeats() }
}

async function abortable<T> (work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  let stop = (): void => {}
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => { reject(signal.reason as Error) }
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work(), aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
