/** A bucket of the offset cache; zones change their offset at most once in it. */
const bucketMs = 6 * 3600_000
const maxBuckets = 20_000
const fixedOffset = /^(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?([0-5]\d))?$/

/** A time zone: gives the offset from UTC at any instant. Made by {@link timeZone}. */
export interface TimeZone {
  /** As written by the user. */
  readonly id: string
  /** Offset in force at an instant, in milliseconds east of UTC. */
  offsetAt (ms: number): number
  /** The instant of a wall-clock time given in milliseconds as if it were UTC. Times in a gap or an overlap are taken as Joda-Time takes them. */
  instantOf (localMs: number): number
}

/**
 * Finds a zone by IANA name (`Asia/Shanghai`), `UTC`, `GMT`, `Z`, or fixed offset (`+08:00`, `GMT+8`). null for a name nobody knows.
 * Daylight saving and historic offsets are those of Node's own zone data.
 */
export function timeZone (id: string): TimeZone | null {
  if (id === 'UTC' || id === 'Z' || id === 'GMT' || id === 'UT') return fixedZone(id, 0)
  const fixed = fixedOffset.exec(id)
  if (fixed !== null) {
    const ms = (Number(fixed[2]) * 60 + Number(fixed[3] ?? 0)) * 60_000
    return Number(fixed[2]) > 23 ? null : fixedZone(id, fixed[1] === '-' ? -ms : ms)
  }
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: id, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23',
      era: 'short', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit'
    })
  } catch {
    return null
  }
  return namedZone(id, format)
}

function fixedZone (id: string, offset: number): TimeZone {
  return { id, offsetAt: () => offset, instantOf: local => local - offset }
}

function namedZone (id: string, format: Intl.DateTimeFormat): TimeZone {
  const buckets = new Map<number, number | null>()
  let lastBucket = NaN
  let lastOffset = 0

  function offsetAt (ms: number): number {
    const bucket = Math.floor(ms / bucketMs)
    if (bucket === lastBucket) return lastOffset
    let offset = buckets.get(bucket)
    if (offset === undefined) {
      if (buckets.size >= maxBuckets) buckets.clear()
      const start = askOffset(format, bucket * bucketMs)
      // null: the zone changes its offset inside this bucket, so each instant must be asked for.
      offset = start === askOffset(format, (bucket + 1) * bucketMs - 1) ? start : null
      buckets.set(bucket, offset)
    }
    if (offset === null) return askOffset(format, ms)
    lastBucket = bucket
    lastOffset = offset
    return offset
  }

  return {
    id,
    offsetAt,
    instantOf (localMs) {
      const first = offsetAt(localMs)
      const second = offsetAt(localMs - first)
      // West of Greenwich a time that the clock skips would come out before the skip.
      const isSkipped = first !== second && first < 0 && offsetAt(localMs - second) !== second
      return localMs - (isSkipped ? first : second)
    }
  }
}

function askOffset (format: Intl.DateTimeFormat, ms: number): number {
  const seconds = Math.floor(ms / 1000) * 1000
  const parts: Record<string, string> = {}
  for (const { type, value } of format.formatToParts(seconds)) parts[type] = value
  const era = Number(parts['year'])
  const year = parts['era'] === 'BC' ? 1 - era : era
  const local = new Date(0)
  local.setUTCFullYear(year, Number(parts['month']) - 1, Number(parts['day']))
  local.setUTCHours(Number(parts['hour']), Number(parts['minute']), Number(parts['second']))
  return local.getTime() - seconds
}
