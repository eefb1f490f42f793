import { createReadStream } from 'node:fs'
import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { configError, defineSource, schema, sourceRecord, t, type SourceRecord } from '@tributary/plugin'

const newline = 10
const text = schema.of('string')

/** Whole lines of the files of a folder, each file from where it was left. */
export const folderSource = defineSource({
  summary: 'Lines of the files in a folder, as text; the key is the name of the file.',
  config: t.object({
    folder: t.string({ description: 'Folder to read; files may be added and may grow', importance: 'HIGH' }),
    topic: t.string({ description: 'Topic to write to', importance: 'HIGH' }),
    suffix: t.string({ description: 'End of the names of the files to read', default: '.txt' }),
    'poll.interval.ms': t.long({ description: 'Milliseconds between looks into the folder', default: 1000, min: 10 }),
    // Written by `tasks`, not by users: which of how many shares of the files a task reads.
    'folder.share': t.int({ description: 'Set by the connector itself', default: 0, importance: 'LOW' }),
    'folder.shares': t.int({ description: 'Set by the connector itself', default: 1, importance: 'LOW' })
  }),

  // Called by REST validate and before a start: what only a look at the other system can tell.
  async validate ({ folder }) {
    return await access(folder).then(() => [], () => [{ key: 'folder', message: `There is no folder ${folder} that this worker can read.` }])
  },

  tasks: (_config, { maxTasks, raw }) =>
    Array.from({ length: maxTasks }, (_, share) => ({ ...raw, 'folder.share': String(share), 'folder.shares': String(maxTasks) })),

  async * read ({ config, signal, offsets }) {
    const { folder, topic, suffix, 'poll.interval.ms': intervalMs, 'folder.share': share, 'folder.shares': shares } = config
    const positions = new Map<string, number>()
    while (!signal.aborted) {
      const files = (await filesOf(folder)).filter(file => file.endsWith(suffix) && shareOf(file, shares) === share)
      const added = files.filter(file => !positions.has(file))
      // What Kafka has acknowledged of a file before; asked once a file, since this task is the only one that reads it.
      const committed = await offsets(added.map(file => ({ file })))
      for (const [i, file] of added.entries()) positions.set(file, Number(committed[i]?.['position'] ?? 0))
      for (const file of files) {
        for await (const { lines, position } of linesOf(join(folder, file), positions.get(file)!)) {
          positions.set(file, position)
          // The offset goes with the record: Kafka has all lines before `end` when it has this one.
          yield lines.map(({ line, end }): SourceRecord =>
            sourceRecord({ topic, keySchema: text, key: file, valueSchema: text, value: line, sourcePartition: { file }, sourceOffset: { position: end } }))
          if (signal.aborted) return
        }
      }
      await sleep(intervalMs, undefined, { signal }).catch(() => {})
    }
  }
})

async function filesOf (folder: string): Promise<string[]> {
  try {
    return (await readdir(folder, { withFileTypes: true })).filter(entry => entry.isFile()).map(entry => entry.name).toSorted()
  } catch (error) {
    throw configError(`Cannot read the folder ${folder} (folder): ${(error as Error).message}`, { cause: error })
  }
}

/** The task that reads a file: the same after a restart, whatever other files there are. */
function shareOf (file: string, shares: number): number {
  let sum = 0
  for (let i = 0; i < file.length; i++) sum = (sum * 31 + file.charCodeAt(i)) >>> 0
  return sum % shares
}

interface Lines { readonly lines: readonly { readonly line: string, readonly end: number }[], readonly position: number }

/** Complete lines from a byte position on, a batch for each piece read; a last line without its end waits. */
async function * linesOf (path: string, start: number): AsyncGenerator<Lines> {
  let position = start
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of createReadStream(path, { start }) as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    const lines: { line: string, end: number }[] = []
    let at = 0
    for (let end = rest.indexOf(newline); end !== -1; end = rest.indexOf(newline, at)) {
      lines.push({ line: rest.toString('utf8', at, end), end: position + end + 1 })
      at = end + 1
    }
    rest = rest.subarray(at)
    position += at
    if (lines.length > 0) yield { lines, position }
  }
}
