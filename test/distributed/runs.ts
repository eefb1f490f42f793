import { readFile } from 'node:fs/promises'

/** Milliseconds of the machine's monotonic clock, the same in all processes. */
export function monotonicMs (): number { return Number(process.hrtime.bigint() / 1_000_000n) }

/** One run of a task, as its witness wrote it down: the times of its signs of life, the first when it started. */
export interface Run { readonly task: string, readonly pid: number, readonly beats: readonly number[] }

/** All runs that a witness file tells of. */
export async function runsOf (path: string): Promise<Run[]> {
  const runs = new Map<string, { task: string, pid: number, beats: number[] }>()
  for (const line of (await readFile(path, 'utf8')).split('\n').slice(0, -1)) {
    const [time = '', pid = '', task = '', id = ''] = line.split(' ')
    const run = runs.get(id) ?? { task, pid: Number(pid), beats: [] }
    run.beats.push(Number(time))
    runs.set(id, run)
  }
  return [...runs.values()]
}

/** Pairs of runs of one task that were alive at the same time, in words. */
export function overlapsOf (runs: readonly Run[]): string[] {
  const overlaps: string[] = []
  for (const [task, all] of Map.groupBy(runs, run => run.task)) {
    const sorted = all.toSorted((a, b) => (a.beats[0] ?? 0) - (b.beats[0] ?? 0))
    for (const [i, run] of sorted.entries()) {
      const end = run.beats.at(-1) ?? 0
      for (const later of sorted.slice(i + 1)) {
        const start = later.beats[0] ?? 0
        if (start < end) overlaps.push(`${task} in ${run.pid} until ${end}, in ${later.pid} from ${start}`)
      }
    }
  }
  return overlaps
}
