import type { Work } from '../group/protocol.ts'

/** A member of the group as an assignor sees it. */
export interface Member {
  readonly id: string
  readonly url: string
}

/** Connectors with their task counts, as configured. */
export type Configured = ReadonlyMap<string, number>

/**
 * Java's eager assignment: connectors by name and members by id, dealt in turn, connectors first, the tasks of all of them after.
 * Everything had stopped before, so the answer is all work of each member.
 */
export function assignEagerly (configured: Configured, members: readonly Member[]): Map<string, Work> {
  const hands = members.map(({ id }) => id).toSorted().map(id => ({ id, connectors: [] as string[], tasks: [] as { connector: string, task: number }[] }))
  const names = [...configured.keys()].toSorted()
  let turn = 0
  const next = (): typeof hands[number] | undefined => hands[turn++ % hands.length]
  for (const name of names) next()?.connectors.push(name)
  for (const name of names) {
    for (let task = 0; task < (configured.get(name) ?? 0); task++) next()?.tasks.push({ connector: name, task })
  }
  return new Map(hands.map(({ id, connectors, tasks }) => [id, { connectors, tasks }]))
}
