import type { Log, TopicPartition } from '@tributary/plugin'
import type { S3SinkConfig } from './config.ts'
import { Ledger } from './ledger.ts'
import type { ObjectStore } from './object-store.ts'

/** Uploads of this age that no ledger names belong to tasks that died before it did. A commit under way may take as long as S3 is away. */
const oldMs = 7 * 24 * 3600_000

/**
 * Aborts unfinished uploads that crashed tasks left behind: they are invisible, but cost. A lifecycle rule does the same, so being
 * refused is no error. Uploads of other connectors under the same prefix are as old, and as dead.
 */
export async function abandonOldUploads ({ store, log }: { store: ObjectStore, log: Log }, config: S3SinkConfig, partitions: readonly TopicPartition[], nowMs = Date.now()): Promise<void> {
  for (const topic of new Set(partitions.map(partition => partition.topic))) {
    for (const folder of [config['topics.dir'], ...config['raw.copy'] ? [config['raw.copy.topics.dir']] : []]) {
      const prefix = [folder, topic, ''].filter((part, i) => part !== '' || i === 2).join(config['directory.delim'])
      try {
        const old = (await store.listUploads(prefix)).filter(({ begun }) => nowMs - begun.getTime() >= oldMs)
        const needed = old.length === 0 ? new Set<string>() : await pendingUploads(store, config['ledger.prefix'])
        for (const { key, uploadId } of old) {
          if (needed.has(uploadId)) continue
          await store.abortUpload(key, uploadId)
          log.info({ key }, 'Aborted an upload that a crashed task left behind.')
        }
      } catch (error) {
        log.debug({ error: (error as Error).message }, 'Old uploads were not looked for.')
      }
    }
  }
}

/** Uploads that any ledger names: whoever owns it next completes them. */
async function pendingUploads (store: ObjectStore, ledgerPrefix: string): Promise<Set<string>> {
  const uploads = new Set<string>()
  for (const key of await store.list(`${ledgerPrefix}/`)) {
    if (!key.endsWith('.json')) continue
    const ledger = await Ledger.read(store, key)
    for (const { content } of ledger?.state.pending ?? []) if ('uploadId' in content) uploads.add(content.uploadId)
  }
  return uploads
}
