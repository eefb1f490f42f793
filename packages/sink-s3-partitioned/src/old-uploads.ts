import type { Log, TopicPartition } from '@tributary/plugin'
import type { S3SinkConfig } from './config.ts'
import type { ObjectStore } from './object-store.ts'

/** No commit takes as long, so an upload of this age belongs to a task that died before its ledger named it. */
const oldMs = 24 * 3600_000

/**
 * Aborts unfinished uploads that crashed tasks left behind: they are invisible, but cost. A lifecycle rule does the same, so being
 * refused is no error. Uploads of other connectors under the same prefix are as old, and as dead.
 */
export async function abandonOldUploads ({ store, log }: { store: ObjectStore, log: Log }, config: S3SinkConfig, partitions: readonly TopicPartition[], nowMs = Date.now()): Promise<void> {
  for (const topic of new Set(partitions.map(partition => partition.topic))) {
    for (const folder of [config['topics.dir'], ...config['raw.copy'] ? [config['raw.copy.topics.dir']] : []]) {
      const prefix = [folder, topic, ''].filter((part, i) => part !== '' || i === 2).join(config['directory.delim'])
      try {
        for (const { key, uploadId, begun } of await store.listUploads(prefix)) {
          if (nowMs - begun.getTime() < oldMs) continue
          await store.abortUpload(key, uploadId)
          log.info({ key }, 'Aborted an upload that a crashed task left behind.')
        }
      } catch (error) {
        log.debug({ error: (error as Error).message }, 'Old uploads were not looked for.')
      }
    }
  }
}
