import { Cluster } from './cluster.ts'
import { GroupSession, type GroupEvent, type JoinOptions, type Joined } from './group-session.ts'
import type { GroupStatistics } from './group-statistics.ts'
import type { ClientSettings, GroupMember, GroupMemberOptions } from './port.ts'
import { connectionSettings } from './settings.ts'

export async function openGroupMember (settings: ClientSettings, options: GroupMemberOptions): Promise<GroupMember> {
  return new KafkaGroupMember(await Cluster.open(connectionSettings(settings)), options)
}

class KafkaGroupMember implements GroupMember {
  readonly #cluster: Cluster
  readonly #session: GroupSession
  readonly #listeners: ((reason: GroupEvent) => void)[] = []

  constructor (cluster: Cluster, options: GroupMemberOptions) {
    this.#cluster = cluster
    this.#session = new GroupSession(cluster, options, reason => { for (const listener of this.#listeners) listener(reason) })
  }

  get statistics (): GroupStatistics { return this.#session.statistics }

  async join (options: JoinOptions): Promise<Joined> { return await this.#session.join(options) }

  onRebalance (listener: (reason: GroupEvent) => void): void { this.#listeners.push(listener) }

  async leave (): Promise<void> { await this.#session.leave() }

  async close (): Promise<void> {
    this.#session.close()
    this.#cluster.close()
  }
}
