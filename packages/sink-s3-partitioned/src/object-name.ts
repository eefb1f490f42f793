import type { Offset } from './offset.ts'

/** How objects are named. */
export interface NameOptions {
  /** `topics.dir`; may be empty. */
  readonly prefix: string
  readonly directoryDelim: string
  readonly fileDelim: string
  readonly padWidth: number
}

/**
 * Key of an object: `<topics.dir>/<topic>/<directory>/<topic>+<partition>+<first offset>.<extension>`, as Confluent's sink has it.
 * A record is stored in one object only, so the first offset makes the name unique within a directory.
 */
export function objectKey (object: { topic: string, partition: number, directory: string, first: Offset, extension: string, sourceTopic: string, generation: number }, options: NameOptions): string {
  const { topic, partition, directory, first, extension, sourceTopic, generation } = object
  const { prefix, directoryDelim, fileDelim, padWidth } = options
  // Two topics that a transform gives one name have offsets of their own; their objects must not meet.
  const name = [sourceTopic, partition, String(first).padStart(padWidth, '0'), ...generation === 0 ? [] : [`g${generation}`]].join(fileDelim)
  return [prefix, topic, directory, name].filter(part => part !== '').join(directoryDelim) + extension
}

/** Key of the ledger of a topic-partition. */
export function ledgerKey (prefix: string, connector: string, topic: string, partition: number): string {
  return [prefix, encodeURIComponent(connector), encodeURIComponent(topic), `${partition}.json`].filter(part => part !== '').join('/')
}
