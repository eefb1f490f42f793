import type { Log } from '@tributary/plugin'
import type { S3SinkConfig } from './config.ts'
import type { PendingObject } from './ledger.ts'
import type { ObjectStore } from './object-store.ts'

/** Tags objects once they are visible, with Confluent's three tags and the configured ones. Does nothing unless `s3.object.tagging` is set. */
export function tagger (config: S3SinkConfig, store: ObjectStore, log: Log): (objects: readonly PendingObject[]) => Promise<void> {
  if (!config['s3.object.tagging']) return async () => {}
  const more = Object.fromEntries(config['s3.object.tagging.key.value.pairs'].map(pair => [pair.slice(0, pair.indexOf(':')), pair.slice(pair.indexOf(':') + 1)]))
  return async objects => {
    for (const { key, first, last, records } of objects) {
      try {
        await store.tag(key, { startOffset: String(first), endOffset: String(last), recordCount: String(records), ...more })
      } catch (error) {
        if (config['s3.object.behavior.on.tagging.error'] === 'fail') throw error
        log.warn({ key, error: (error as Error).message }, 'An object could not be tagged.')
      }
    }
  }
}
