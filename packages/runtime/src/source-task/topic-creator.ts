import type { TopicCreationGroup } from '../config/topic-creation.ts'
import type { Admin, ProducerRecord } from '../kafka/port.ts'

/** Creates topics before their first record, as the connector's `topic.creation.*` keys say. */
export class TopicCreator implements AsyncDisposable {
  readonly #groups: readonly TopicCreationGroup[]
  readonly #open: () => Promise<Admin>
  readonly #seen = new Set<string>()
  readonly #onTopic: (topic: string) => void
  #admin: Admin | null = null

  /** `groups` empty: creates nothing. `onTopic` is told each topic once. */
  constructor (options: { groups: readonly TopicCreationGroup[], admin: () => Promise<Admin>, onTopic: (topic: string) => void }) {
    this.#groups = options.groups
    this.#open = options.admin
    this.#onTopic = options.onTopic
  }

  /** Topics of a batch that were never seen before; normally none, and then nothing is to be awaited. */
  unseen (records: readonly ProducerRecord[]): string[] {
    let last = ''
    const found: string[] = []
    for (let i = 0; i < records.length; i++) {
      const { topic } = records[i]!
      if (topic === last) continue
      last = topic
      if (this.#seen.has(topic)) continue
      this.#seen.add(topic)
      found.push(topic)
    }
    return found
  }

  async create (topics: readonly string[]): Promise<void> {
    for (const topic of topics) {
      const group = this.#groups.find(one => one.matches(topic))
      if (group !== undefined) {
        this.#admin ??= await this.#open()
        const known = (await this.#admin.describe([topic])).get(topic) ?? null
        if (known === null) await this.#admin.create({ name: topic, partitions: group.partitions, replicationFactor: group.replicationFactor, configs: group.configs })
      }
      this.#onTopic(topic)
    }
  }

  async [Symbol.asyncDispose] (): Promise<void> { await this.#admin?.close() }
}
