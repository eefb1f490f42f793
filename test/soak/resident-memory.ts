import { readFileSync } from 'node:fs'

const everyMs = 200

/** Resident memory of processes as the kernel tells it, looked at five times a second; the kernel itself notes the peak between two looks. */
export class ResidentMemory {
  #peakBytes = 0
  readonly #pids = new Set<number>()
  readonly #timer = setInterval(() => { this.#look() }, everyMs)

  /** The highest that any one process ever had. */
  get peakBytes (): number {
    this.#look()
    return this.#peakBytes
  }

  watch (pid: number): void { this.#pids.add(pid) }

  stop (): void { clearInterval(this.#timer) }

  #look (): void {
    for (const pid of this.#pids) {
      const bytes = statusOf(pid, 'VmHWM')
      if (bytes === null) this.#pids.delete(pid)
      else this.#peakBytes = Math.max(this.#peakBytes, bytes)
    }
  }
}

/** Bytes that a process has in memory now; 0 when it is gone. */
export function residentBytes (pid: number): number { return statusOf(pid, 'VmRSS') ?? 0 }

function statusOf (pid: number, name: 'VmRSS' | 'VmHWM'): number | null {
  try {
    const [, kilobytes] = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return kilobytes === undefined ? null : Number(kilobytes) * 1024
  } catch {
    return null
  }
}
