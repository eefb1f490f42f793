import type { OpenFile } from './open-file.ts'

/** When a file is complete. null: does not count. Each rule looks at one file alone. */
export interface RotationRules {
  readonly records: number | null
  /** Bytes before compression. */
  readonly bytes: number | null
  /** Span of event time between the first record and the one to be added. */
  readonly spanMs: number | null
  /** Wall-clock time since the first record. */
  readonly ageMs: number | null
  /** Wall-clock time since the last record. */
  readonly idleMs: number | null
  /** Wall-clock boundaries at which every file ends; gives the first boundary after an instant. */
  readonly schedule: ((ms: number) => number) | null
}

/** Whether a file ends before a record of this event time. A record that goes back in time never ends one. */
export function endsBefore (file: OpenFile, timeMs: number | null): boolean {
  const { rules } = file
  return rules.spanMs !== null && timeMs !== null && file.firstTimeMs !== null && timeMs - file.firstTimeMs >= rules.spanMs
}

/** Whether a file is full with what it has. */
export function isFull (file: OpenFile): boolean {
  const { rules } = file
  return (rules.records !== null && file.records >= rules.records) || (rules.bytes !== null && file.bytes >= rules.bytes)
}

/** The wall-clock time at which a file ends without another record; Infinity where there is none. */
export function endsAt (file: OpenFile): number {
  const { rules } = file
  return Math.min(
    rules.ageMs === null ? Infinity : file.openedMs + rules.ageMs,
    rules.idleMs === null ? Infinity : file.touchedMs + rules.idleMs,
    rules.schedule === null ? Infinity : rules.schedule(file.openedMs)
  )
}
