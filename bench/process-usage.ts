import { readFileSync } from 'node:fs'

/** What a process has used: CPU seconds so far, resident memory now and at its peak, in MB. */
export interface Usage { readonly cpuSeconds: number, readonly rssMb: number, readonly peakMb: number }

const ticksPerSecond = 100

/** Reads a process's usage from /proc (Linux); null when it is gone. */
export function usageOf (pid: number): Usage | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const status = readFileSync(`/proc/${pid}/status`, 'latin1')
    const kb = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
    return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond, rssMb: kb('VmRSS') / 1024, peakMb: kb('VmHWM') / 1024 }
  } catch {
    return null
  }
}
