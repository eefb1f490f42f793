import { defineSink, defineSource } from '@tributary/plugin'
import { fileStreamSink } from '../../../../packages/connector-file/src/file-stream-sink.ts'
import { fileStreamSource } from '../../../../packages/connector-file/src/file-stream-source.ts'
import { Witness } from './witness.ts'

/** The file source, each run of its tasks written down in the file that `witness.file` names. */
export const witnessedSource = defineSource({
  ...fileStreamSource,
  async * read (context) {
    using _witness = new Witness(context)
    yield * fileStreamSource.read(context)
  }
})

/** The file sink, written down likewise. */
export const witnessedSink = defineSink({
  ...fileStreamSink,
  start: async context => {
    const witness = new Witness(context)
    const sink = await fileStreamSink.start(context)
    return {
      ...sink,
      stop: async () => {
        await sink.stop?.()
        witness[Symbol.dispose]()
      }
    }
  }
})
