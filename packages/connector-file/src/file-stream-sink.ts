import { open, type FileHandle } from 'node:fs/promises'
import { ConnectError, defineSink, javaText, t, type SinkRecord } from '@tributary/plugin'

const config = t.object({
  file: t.string({ description: 'Path of the file to append to. Absent: standard output.', default: null, importance: 'HIGH' })
})

/** Values as lines of a file: Kafka's FileStreamSink. Several tasks may append to one file; each batch is written whole. */
export const fileStreamSink = defineSink({
  summary: 'Values as lines of a file, or of standard output.',
  guarantee: 'at-least-once',
  javaTaskClass: 'org.apache.kafka.connect.file.FileStreamSinkTask',
  config,
  alterOffsets: () => true,
  start: async ({ config: { file } }) => {
    const handle = file === null ? null : await openFile(file)
    const write = handle === null ? writeOut : (text: Buffer): Promise<void> => append(handle, text)
    return {
      put: async records => {
        if (records.length > 0) await write(linesOf(records))
      },
      stop: async () => { await handle?.close() }
    }
  }
})

async function openFile (file: string): Promise<FileHandle> {
  try {
    return await open(file, 'a')
  } catch (error) {
    throw new ConnectError('FILE', 'config', `Cannot write ${file} (file): ${(error as Error).message}`, { cause: error })
  }
}

function linesOf (records: readonly SinkRecord[]): Buffer {
  let text = ''
  for (let i = 0; i < records.length; i++) text += `${javaText(records[i]!.value, records[i]!.valueSchema)}\n`
  return Buffer.from(text)
}

/** Appends in as few writes as the system allows: normally one, so lines of several tasks do not mix. */
async function append (handle: FileHandle, text: Buffer): Promise<void> {
  for (let at = 0; at < text.length;) at += (await handle.write(text, at)).bytesWritten
}

function writeOut (text: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, error => {
      if (error) reject(error)
      else resolve()
    })
  })
}
