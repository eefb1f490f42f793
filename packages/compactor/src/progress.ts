import type { WriteStream } from 'node:tty'
import { sizeOf } from './plan.ts'
import type { Progress } from './run-plan.ts'

const inMiB = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1)

/** Shows on a terminal what is done; says nothing where there is none. */
export function terminalProgress (stream: Pick<WriteStream, 'isTTY'> & { write (text: string): unknown }): Omit<Progress, 'changed'> & { end (): void } {
  const done = { outputs: 0, bytes: 0, deleted: 0 }
  let total = { outputs: 0, bytes: 0 }
  let drawn = false
  const draw = (): void => {
    if (!stream.isTTY) return
    drawn = true
    const deleted = done.deleted === 0 ? '' : `, ${done.deleted} originals deleted`
    // What an interrupted run had left is done without having been planned here.
    const [outputs, bytes] = [Math.max(total.outputs, done.outputs), Math.max(total.bytes, done.bytes)]
    stream.write(`\r\u001B[K${done.outputs} of ${outputs} outputs (${inMiB(done.bytes)} of ${inMiB(bytes)} MiB)${deleted}`)
  }
  return {
    planned ({ state, outputs }) {
      if (state !== 'planned') return
      // Partitions are planned one after another.
      total = { outputs: done.outputs + outputs.length, bytes: done.bytes + sizeOf(outputs.flatMap(({ inputs }) => inputs)) }
      draw()
    },
    output ({ inputs }) {
      done.outputs++
      done.bytes += sizeOf(inputs)
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
