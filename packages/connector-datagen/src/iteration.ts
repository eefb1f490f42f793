/** Values of an "iteration" annotation, start given, the rest as it may be. */
export interface IterationBounds<N> {
  readonly start: N
  readonly restart: N | null
  readonly step: N | null
  readonly initial: N | null
}

/** From which record to count, and how many records on the next one is (more than 1 when several tasks share a counter). */
export interface Count { readonly first: number, readonly stride: number }

/** A whole walk: from `initial` by `step`, back to `start` when `restart` is reached or passed. */
interface Walk { start: bigint, restart: bigint, step: bigint, initial: bigint }

const exact = 2n ** 52n
/** So many steps are beyond the life of a process. */
const manySteps = 2n ** 40n

const sizeOf = (value: bigint): bigint => value < 0n ? -value : value

/** Whether doubles do for all values that will come up. */
function fitsDoubles ({ start, restart, step, initial }: Walk, { first, stride }: Count): boolean {
  const move = sizeOf(step * BigInt(stride))
  const far = sizeOf(start) + sizeOf(initial) + sizeOf(step) * BigInt(first)
  return far + move < exact && (sizeOf(restart - start) + move < exact || far + move * manySteps < exact)
}

/** Reasons to refuse, in the words of the annotation. */
export function iterationProblem<N extends number | bigint> ({ start, restart, step }: IterationBounds<N>): string | null {
  if (step !== null && Number(step) === 0) return '"step" cannot be 0'
  if (restart !== null && restart === start) return '"start" and "restart" cannot be equal'
  if (restart === null || step === null) return null
  if (restart > start && step < 0) return '"step" must be positive when "restart" is greater than "start"'
  if (restart < start && step > 0) return '"step" must be negative when "restart" is less than "start"'
  return null
}

/** Whole numbers, one a call, as Confluent's generator counts them: 64 bits for `long`, 32 for `int`. */
export function integerIteration (bounds: IterationBounds<bigint>, type: 'int' | 'long', count: Count): () => number | bigint {
  const { start } = bounds
  const step = bounds.step ?? (bounds.restart !== null && bounds.restart < start ? -1n : 1n)
  const bits = type === 'int' ? 32 : 64
  // Java negates the lowest value when counting down: an int stays below 2^31, a long overflows to its lowest.
  const end = step > 0n ? 2n ** BigInt(bits - 1) - 1n : type === 'int' ? 2n ** 31n : -(2n ** 63n)
  const walk = { start, restart: bounds.restart ?? end, step, initial: bounds.initial ?? start }
  const sign = step > 0n ? 1n : -1n
  const modulus = sizeOf(walk.restart - start)
  const wrap = (value: bigint): bigint => (sizeOf(value) % modulus) * sign
  let current = walk.initial - start
  if (count.first > 0) current = wrap(BigInt(count.first) * step + current)
  const move = step * BigInt(count.stride)
  if (!fitsDoubles(walk, count)) {
    return () => {
      const result = BigInt.asIntN(bits, current + start)
      current = wrap(current + move)
      const number = Number(result)
      return Number.isSafeInteger(number) ? number : result
    }
  }
  const [base, by, over, way] = [Number(start), Number(move), Number(modulus), Number(sign)]
  let at = Number(current)
  const narrow = type === 'int' ? (value: number): number => value | 0 : (value: number): number => value
  return () => {
    const result = narrow(at + base)
    at = (Math.abs(at + by) % over) * way
    return result
  }
}

/** A double as Java prints it: digits and the number of decimals. */
function decimalOf (value: number): { digits: bigint, scale: number } {
  const [, mantissa = '0', fraction = '', exponent = '0'] = /^(-?\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? []
  const scale = fraction.length - Number(exponent)
  const digits = BigInt(mantissa + fraction)
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 }
}

/** Decimal numbers, one a call; counted in decimal as Confluent's generator does, so that 0.1 stays 0.1. */
export function decimalIteration (bounds: IterationBounds<number>, type: 'float' | 'double', count: Count): () => number {
  const { start } = bounds
  const step = bounds.step ?? (bounds.restart !== null && bounds.restart < start ? -1 : 1)
  const most = type === 'float' ? 3.4028234663852886e38 : Number.MAX_VALUE
  const parts = [start, bounds.restart ?? most, step, bounds.initial ?? start].map(decimalOf)
  const scale = Math.max(...parts.map(part => part.scale))
  const [from, restart, by, initial] = parts.map(part => part.digits * 10n ** BigInt(scale - part.scale)) as [bigint, bigint, bigint, bigint]
  const modulus = sizeOf(restart - from)
  let current = initial - from
  if (count.first > 0) current = (BigInt(count.first) * by + current) % modulus
  const move = by * BigInt(count.stride)
  const rounded = type === 'float' ? Math.fround : (value: number): number => value
  if (scale > 22 || !fitsDoubles({ start: from, restart, step: by, initial }, count)) {
    return () => {
      const result = rounded(Number(`${current + from}e-${scale}`))
      current = (current + move) % modulus
      return result
    }
  }
  // One division of two exact doubles is correctly rounded.
  const [base, add, over, unit] = [Number(from), Number(move), Number(modulus), 10 ** scale]
  let at = Number(current)
  return () => {
    const result = rounded((at + base) / unit)
    at = (at + add) % over
    return result
  }
}
