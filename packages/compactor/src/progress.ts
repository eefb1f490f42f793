import type { WriteStream } from 'node:tty'
import type { Progress } from './run-plan.ts'

/** Shows on a terminal what is done; says nothing where there is none. */
export function terminalProgress (stream: WriteStream): Omit<Progress, 'changed'> & { end (): void } {
  const done = { outputs: 0, inputs: 0, bytes: 0, deleted: 0 }
  let drawn = false
  const draw = (): void => {
    if (!stream.isTTY) return
    drawn = true
    const deleted = done.deleted === 0 ? '' : `, ${done.deleted} originals deleted`
    stream.write(`\r\u001B[K${done.inputs} files (${(done.bytes / 1024 / 1024).toFixed(1)} MiB) in ${done.outputs}${deleted}`)
  }
  return {
    output ({ inputs }) {
      done.outputs++
      done.inputs += inputs.length
      done.bytes += inputs.reduce((sum, { size }) => sum + size, 0)
      draw()
    },
    deleted () {
      done.deleted++
      draw()
    },
    end () {
      if (drawn) stream.write('\n')
      drawn = false
    }
  }
}
