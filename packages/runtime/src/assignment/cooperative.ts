import { noWork, type Work } from '../group/protocol.ts'
import type { Configured, Member } from './eager.ts'

/** A member with the work it runs now. */
export interface WorkingMember extends Member {
  readonly current: Work
}

/** What a member is to do after this round. */
export interface Change {
  readonly assigned: Work
  readonly revoked: Work
}

export interface CooperativeRound {
  readonly changes: ReadonlyMap<string, Change>
  /** Milliseconds until everybody should join again; 0: no such plan. */
  readonly delayMs: number
}

// A connector object or a task as one text, so that sets can hold it. Connector names hold no control characters.
type Item = string
const itemOf = (connector: string, task: number): Item => `${connector}\u0000${task}`
const connectorOf = (item: Item): string => item.slice(0, item.indexOf('\u0000'))
const taskOf = (item: Item): number => Number(item.slice(item.indexOf('\u0000') + 1))
const isConnector = (item: Item): boolean => item.endsWith('\u0000-1')

function itemsOf (work: Work): Set<Item> {
  return new Set([...work.connectors.map(connector => itemOf(connector, -1)), ...work.tasks.map(({ connector, task }) => itemOf(connector, task))])
}

function workOf (items: Iterable<Item>): Work {
  const connectors: string[] = []
  const tasks: { connector: string, task: number }[] = []
  for (const item of items) {
    if (isConnector(item)) connectors.push(connectorOf(item))
    else tasks.push({ connector: connectorOf(item), task: taskOf(item) })
  }
  return connectors.length + tasks.length === 0 ? noWork : { connectors, tasks }
}

/**
 * Java's incremental cooperative assignment (KIP-415): work stays where it is, a round only revokes what must move and hands out what has no
 * owner, and the work of a worker that left waits some time for its return. One instance per leader: it remembers the last round.
 */
export class CooperativeAssignor {
  readonly #maxDelayMs: number
  readonly #now: () => number
  /** What the leader believes to be assigned after its last round, and what it told members to give up in it. */
  #previous = new Set<Item>()
  #previousRevoked = new Set<Item>()
  #previousMembers = new Set<string>()
  #previousGeneration = -1
  /** Time of the round that hands out lost work; 0: none planned. */
  #scheduled = 0
  #delayMs = 0
  /** Members seen without work while lost work waits: likely the lost worker, back under another id. */
  #returned = new Set<string>()
  #successiveRevocations = 0
  #revokedLast = false

  /** `maxDelayMs`: `scheduled.rebalance.max.delay.ms`. `now`: milliseconds, never going back. */
  constructor (maxDelayMs: number, now: () => number) {
    this.#maxDelayMs = maxDelayMs
    this.#now = now
  }

  /** Works out one round. `completed` is the generation of the last round that this worker saw through, `generation` that of this one. */
  assign (configured: Configured, members: readonly WorkingMember[], generations: { completed: number, generation: number }): CooperativeRound {
    if (this.#previousGeneration !== generations.completed) this.#previous = new Set()
    const wanted = new Set<Item>()
    for (const [connector, tasks] of configured) for (let task = -1; task < tasks; task++) wanted.add(itemOf(connector, task))

    const sorted = members.toSorted((a, b) => a.id < b.id ? -1 : 1)
    const current = new Map(sorted.map(member => [member.id, itemsOf(member.current)]))
    const active = new Set<Item>()
    const duplicated = new Set<Item>()
    for (const items of current.values()) {
      for (const item of items) {
        if (active.has(item)) duplicated.add(item)
        active.add(item)
      }
    }
    if (!this.#previousRevoked.isDisjointFrom(active)) this.#previous = new Set(active)

    const deleted = this.#previous.union(active).difference(wanted)
    const lost = this.#previous.difference(active).difference(deleted)
    const created = wanted.difference(this.#previous).difference(active)
    const leaving = deleted.union(duplicated)
    const revoked = new Map([...current].map(([id, items]) => [id, items.intersection(leaving)]))
    const next = new Map([...current].map(([id, items]) => [id, items.difference(leaving)]))

    const toAssign = created.union(this.#reassignable(lost, next))
    if (this.#delayMs === 0) this.#balance(wanted, next, revoked)
    handOut(toAssign, next)

    const assigned = new Set<Item>()
    const changes = new Map<string, Change>()
    const allRevoked = new Set<Item>()
    for (const [id, items] of next) {
      const before = current.get(id) ?? new Set()
      for (const item of items) assigned.add(item)
      for (const item of revoked.get(id) ?? []) allRevoked.add(item)
      changes.set(id, { assigned: workOf(items.difference(before)), revoked: workOf(revoked.get(id) ?? []) })
    }
    this.#previous = assigned.difference(allRevoked).union(lost)
    this.#previousRevoked = allRevoked
    this.#previousMembers = new Set(current.keys())
    this.#previousGeneration = generations.generation
    return { changes, delayMs: this.#delayMs }
  }

  /** The lost work to hand out now; what is left of it waits for its worker to come back, at most until the planned round. */
  #reassignable (lost: Set<Item>, next: Map<string, Set<Item>>): Set<Item> {
    if (lost.size === 0 && !this.#revokedLast) {
      this.#forgetDelay()
      return lost
    }
    const now = this.#now()
    const nobodyLeft = this.#previousMembers.isSubsetOf(new Set(next.keys()))
    if (this.#scheduled === 0 && nobodyLeft) return lost
    if (this.#maxDelayMs === 0) return lost
    if (this.#scheduled > 0 && now >= this.#scheduled) {
      const returned = [...this.#returned].filter(id => next.has(id))
      this.#forgetDelay()
      this.#revokedLast = false
      if (returned.length === 0) return lost
      let turn = 0
      for (const item of [...lost].toSorted()) next.get(returned[turn++ % returned.length] ?? '')?.add(item)
      return new Set()
    }
    for (const [id, items] of next) if (items.size === 0) this.#returned.add(id)
    this.#delayMs = this.#scheduled > now ? this.#scheduled - now : this.#maxDelayMs
    this.#scheduled = now + this.#delayMs
    return new Set()
  }

  #forgetDelay (): void {
    this.#returned.clear()
    this.#scheduled = 0
    this.#delayMs = 0
  }

  /** Takes surplus work from loaded members, so that the next round can give it to the others; not in two rounds in a row without a pause. */
  #balance (wanted: Set<Item>, next: Map<string, Set<Item>>, revoked: Map<string, Set<Item>>): void {
    const surplus = new Map<string, Set<Item>>()
    for (const kind of [isConnector, (item: Item) => !isConnector(item)]) takeSurplus([...wanted].filter(kind).length, kind, next, surplus)
    if (surplus.size === 0) {
      this.#revokedLast = false
      this.#successiveRevocations = 0
      return
    }
    if (this.#revokedLast) {
      this.#successiveRevocations += 1
      this.#delayMs = Math.min(this.#maxDelayMs, 40 ** this.#successiveRevocations)
      if (this.#delayMs > 0) {
        this.#scheduled = this.#now() + this.#delayMs
        return
      }
    }
    this.#revokedLast = true
    for (const [id, items] of surplus) {
      for (const item of items) {
        next.get(id)?.delete(item)
        revoked.get(id)?.add(item)
      }
    }
  }
}

/** Marks what each member holds above its share of `total`; the first members above it may hold one more where it does not divide evenly. */
function takeSurplus (total: number, ofKind: (item: Item) => boolean, next: ReadonlyMap<string, ReadonlySet<Item>>, surplus: Map<string, Set<Item>>): void {
  const share = Math.floor(total / next.size)
  let extra = total % next.size
  for (const [id, items] of next) {
    const held = [...items].filter(ofKind)
    if (held.length <= share) continue
    const allowed = extra > 0 ? share + 1 : share
    extra -= 1
    const taken = pickSurplus(held, held.length - allowed)
    if (taken.length === 0) continue
    const all = surplus.get(id) ?? new Set()
    for (const item of taken) all.add(item)
    surplus.set(id, all)
  }
}

/** Chooses surplus from the connectors a member has most tasks of, so that the tasks of one connector end up on several workers. */
function pickSurplus (held: readonly Item[], count: number): Item[] {
  const left = Map.groupBy(held, connectorOf)
  const taken: Item[] = []
  while (taken.length < count) {
    const most = [...left.values()].reduce((a, b) => b.length > a.length ? b : a)
    const item = most.pop()
    if (item === undefined) break
    taken.push(item)
  }
  return taken
}

/** Gives each item to the member with least of its kind; among equals to one with fewest tasks of the same connector, then by id. */
function handOut (items: ReadonlySet<Item>, next: ReadonlyMap<string, Set<Item>>): void {
  for (const ofKind of [isConnector, (item: Item) => !isConnector(item)]) {
    const loads = [...next].map(([id, held]) => ({ id, held, load: [...held].filter(ofKind).length }))
    for (const item of [...items].filter(ofKind).toSorted()) {
      const siblings = (held: ReadonlySet<Item>): number => [...held].filter(other => !isConnector(other) && connectorOf(other) === connectorOf(item)).length
      const least = loads.reduce((a, b) => b.load < a.load || (b.load === a.load && siblings(b.held) < siblings(a.held)) ? b : a)
      least.held.add(item)
      least.load += 1
    }
  }
}
