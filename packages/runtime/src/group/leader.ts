import { CooperativeAssignor } from '../assignment/cooperative.ts'
import { assignEagerly, type Configured } from '../assignment/eager.ts'
import { Owners } from './owners.ts'
import { noWork, protocolVersion, readMetadata, writeAssignment, type Assignment, type MemberMetadata } from './protocol.ts'

/** What the leader needs of its worker. */
export interface LeaderView {
  /** Next position in the config topic that this worker has read. */
  configOffset (): number
  /** Connectors with their task counts as of that position. */
  configured (): Configured
  /** Reads the config topic to its end, for a while at most; whether it succeeded. */
  refresh (): Promise<boolean>
}

/** The leader's duty in a rebalance: who does what. Kept over rounds, since cooperative assignment remembers the last one. */
export class Leader {
  readonly #cooperative: CooperativeAssignor
  readonly #view: LeaderView
  #owners = new Owners()

  constructor (view: LeaderView, options: { maxDelayMs: number, now: () => number }) {
    this.#view = view
    this.#cooperative = new CooperativeAssignor(options.maxDelayMs, options.now)
  }

  /** Who runs what since the last round that this worker led. */
  get owners (): Owners { return this.#owners }

  /** Works out everybody's assignment for a round, as bytes by member id. `completed`: the last generation this worker saw through. */
  async assign (members: readonly { id: string, metadata: Uint8Array }[], round: { protocol: string, leaderId: string, completed: number, generation: number }): Promise<Map<string, Uint8Array>> {
    const version = protocolVersion[round.protocol] ?? 0
    const known = new Map(members.map(({ id, metadata }) => [id, readMetadata(metadata)]))
    const leaderUrl = known.get(round.leaderId)?.url ?? ''
    const latest = Math.max(...[...known.values()].map(member => member.configOffset))
    const configOffset = Math.max(latest, this.#view.configOffset())
    const base = { version, leader: round.leaderId, leaderUrl }
    if (this.#view.configOffset() < latest && !await this.#view.refresh()) {
      const mismatch = writeAssignment({ ...base, error: 1, configOffset, assigned: noWork, revoked: noWork, delayMs: 0 })
      return new Map(members.map(({ id }) => [id, mismatch]))
    }
    const offset = this.#view.configOffset()
    const write = (assignment: Pick<Assignment, 'assigned' | 'revoked' | 'delayMs'>): Uint8Array => writeAssignment({ ...base, error: 0, configOffset: offset, ...assignment })
    if (version === 0) return this.#eager(known, write)
    const { changes, delayMs } = this.#cooperative.assign(this.#view.configured(), [...known].map(([id, { url, current }]) => ({ id, url, current: current ?? noWork })), round)
    this.#owners = Owners.of([...changes].map(([id, change]) => ({ url: known.get(id)?.url ?? '', current: known.get(id)?.current ?? noWork, ...change })))
    return new Map([...changes].map(([id, { assigned, revoked }]) => [id, write({ assigned, revoked, delayMs })]))
  }

  #eager (known: ReadonlyMap<string, MemberMetadata>, write: (assignment: Pick<Assignment, 'assigned' | 'revoked' | 'delayMs'>) => Uint8Array): Map<string, Uint8Array> {
    const work = assignEagerly(this.#view.configured(), [...known].map(([id, { url }]) => ({ id, url })))
    this.#owners = Owners.of([...work].map(([id, assigned]) => ({ url: known.get(id)?.url ?? '', current: null, assigned, revoked: noWork })))
    return new Map([...work].map(([id, assigned]) => [id, write({ assigned, revoked: noWork, delayMs: 0 })]))
  }
}
