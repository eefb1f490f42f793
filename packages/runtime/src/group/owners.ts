import { noWork, type Work } from './protocol.ts'

/** Who runs what, as the leader of the last round knows it: REST addresses by connector and by task. */
export class Owners {
  readonly #urls = new Map<string, string>()

  /** `task` -1: the connector object. null: nobody runs it. */
  urlOf (connector: string, task = -1): string | null { return this.#urls.get(`${connector}\u0000${task}`) ?? null }

  /** Takes the outcome of a round: for each member its address, what it had, and what it is to give up and to take over. */
  static of (members: Iterable<{ url: string, current: Work | null, assigned: Work, revoked: Work }>): Owners {
    const owners = new Owners()
    for (const { url, current, assigned, revoked } of members) {
      owners.#set(current ?? noWork, url)
      owners.#set(revoked, null)
      owners.#set(assigned, url)
    }
    return owners
  }

  #set (work: Work, url: string | null): void {
    const keys = [...work.connectors.map(connector => `${connector}\u0000-1`), ...work.tasks.map(({ connector, task }) => `${connector}\u0000${task}`)]
    for (const key of keys) {
      if (url === null) this.#urls.delete(key)
      else this.#urls.set(key, url)
    }
  }
}
