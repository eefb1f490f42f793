import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { sinkConfig } from './helpers.ts'

const feeder = fileURLToPath(new URL('memory-feeder.ts', import.meta.url))
/** Heap of a task as `task.memory.max.mb=192` in the worker's file bounds it. */
const heapFlags = ['--max-old-space-size=192', '--max-semi-space-size=4']
/** As `bin/connect-*` set it. */
const allocator = { MALLOC_MMAP_THRESHOLD_: '262144', MALLOC_ARENA_MAX: '2' }

/** Records that lie in open files until all of them are stored together. */
export interface MemoryLoad {
  readonly partitions: number
  readonly directories: number
  readonly megabytes: number
  readonly keys: Readonly<Record<string, string>>
}

/** Resident memory when everything was put and at its peak, in MB. */
export interface MemoryResult { readonly filledMb: number, readonly peakMb: number, readonly seconds: number, readonly records: number }

/** Keys with which a replay sorts records elsewhere, so that all files of a partition are one commit. */
export const allAtOnce = { 'timestamp.extractor': 'Record', 'late.after.ms': '1000', 'late.policy': 'side' } as const

/** Runs a task with `buffer.memory` of 64 MB in a process of its own. */
export async function measureMemory (bucket: string, { partitions, directories, megabytes, keys }: MemoryLoad): Promise<MemoryResult> {
  const raw = sinkConfig(bucket, { 'rotate.age.ms': '3600000', 'buffer.memory': '67108864', 'flush.on.close': 'true', 'max.write.duration.ms': '60000', ...keys })
  const child = spawn(process.execPath, [...process.execArgv, ...heapFlags, feeder, JSON.stringify(raw), String(partitions), String(directories), String(megabytes)],
    { env: { ...process.env, ...allocator }, stdio: ['ignore', 'pipe', 'inherit'] })
  const [out, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  if (code !== 0) throw new Error(`The task ended with ${code}.`)
  return JSON.parse(out) as MemoryResult
}
