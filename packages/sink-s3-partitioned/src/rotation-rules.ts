import type { S3SinkConfig } from './config.ts'
import { javaTimeZone } from './java-time-zone.ts'
import type { TimeZone } from './java-time-zone.ts'
import type { RotationRules } from './rotation.ts'

const dayMs = 86_400_000
/** Applied when no rule is configured, so that no record waits for ever. */
const defaultAgeMs = 900_000
const defaultBytes = 128 * 1024 * 1024

/** The rules of a configuration. */
export function rotationRules (config: S3SinkConfig): RotationRules {
  const limit = (value: number): number | null => value > 0 ? value : null
  const rules = {
    records: limit(config['flush.size']),
    bytes: limit(config['rotate.bytes']),
    spanMs: limit(config['rotate.interval.ms']),
    ageMs: limit(config['rotate.age.ms']),
    idleMs: limit(config['rotate.idle.ms']),
    schedule: config['rotate.schedule.interval.ms'] > 0 ? boundaries(config['rotate.schedule.interval.ms'], javaTimeZone(config.timezone)) : null
  }
  return Object.values(rules).every(rule => rule === null) ? { ...rules, ageMs: defaultAgeMs, bytes: defaultBytes } : rules
}

/**
 * Gives the first boundary after an instant: multiples of the interval since midnight of the zone's own wall clock, and midnight itself. A
 * day that is longer or shorter for daylight saving has a period more or less.
 */
export function boundaries (intervalMs: number, zone: TimeZone): (ms: number) => number {
  let from = NaN
  let to = NaN
  return ms => {
    if (ms >= from && ms < to) return to
    const local = ms + zone.offsetAt(ms)
    const midnight = Math.floor(local / dayMs) * dayMs
    const next = Math.min(midnight + dayMs, midnight + (Math.floor((local - midnight) / intervalMs) + 1) * intervalMs)
    from = ms
    // Where the clock goes back, a boundary may seem to lie behind; the time that passes by the other clock is then right.
    const instant = zone.instantOf(next)
    to = instant > ms ? instant : ms + (next - local)
    return to
  }
}
