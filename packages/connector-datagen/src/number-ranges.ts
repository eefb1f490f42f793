import type { Annotations } from './annotations.ts'
import { distributionOf, type Draw } from './distributions.ts'
import type { JavaRandom } from './java-random.ts'

function ordered (min: number | bigint, max: number | bigint, args: Annotations): void {
  if (min >= max) throw args.problem('range', 'needs a "min" less than "max"')
}

/** Draws that "distribution" describes; null: evenly, draw for draw as Java does. */
function shaped (args: Annotations, random: JavaRandom, min: number, max: number, isWhole: boolean): Draw | null {
  if (!args.has('distribution')) return null
  if (isWhole && !(Number.isSafeInteger(min) && Number.isSafeInteger(max))) throw args.problem('distribution', 'needs a range within 2^53')
  return distributionOf(args, random, { min, span: max - min, isWhole })
}

/** 32-bit integers of "range". */
export function intRange (args: Annotations, random: JavaRandom): () => number {
  const part = args.part('range')
  const min = Number(part.integer('min', 32) ?? -2147483648n)
  const max = Number(part.integer('max', 32) ?? 2147483647n)
  ordered(min, max, args)
  const draw = shaped(args, random, min, max, true)
  if (draw !== null) return () => min + Math.trunc(draw())
  // The span overflows 32 bits when it is wide, as in Java; replay depends on it.
  const span = (max - min) | 0
  return () => (min + Math.trunc(random.nextDouble() * span)) | 0
}

/** 64-bit integers of "range". */
export function longRange (args: Annotations, random: JavaRandom): () => number | bigint {
  const part = args.part('range')
  const min = part.integer('min', 64) ?? -(2n ** 63n)
  const max = part.integer('max', 64) ?? 2n ** 63n - 1n
  ordered(min, max, args)
  const low = Number(min)
  const draw = shaped(args, random, low, Number(max), true)
  if (draw !== null) return () => low + Math.trunc(draw())
  const span = Number(BigInt.asIntN(64, max - min))
  if (Number.isSafeInteger(low) && Number.isSafeInteger(Number(max)) && Number.isSafeInteger(span)) return () => low + Math.trunc(random.nextDouble() * span)
  return () => {
    const value = BigInt.asIntN(64, min + BigInt(Math.trunc(random.nextDouble() * span)))
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value
  }
}

function decimalBounds (args: Annotations, limit: number): [number, number] {
  const part = args.part('range')
  const [min, max] = [part.number('min') ?? -limit, part.number('max') ?? limit]
  if (min < -limit || max > limit) throw args.problem('range', `must lie within ${-limit} and ${limit}`)
  ordered(min, max, args)
  return [min, max]
}

/** 32-bit floats of "range". */
export function floatRange (args: Annotations, random: JavaRandom): () => number {
  const [low, high] = decimalBounds(args, 3.4028234663852886e38)
  const draw = shaped(args, random, low, high, false)
  if (draw !== null) return () => Math.fround(low + draw())
  const [min, span] = [Math.fround(low), Math.fround(Math.fround(high) - Math.fround(low))]
  return () => Math.fround(min + Math.fround(random.nextFloat() * span))
}

/** Doubles of "range". */
export function doubleRange (args: Annotations, random: JavaRandom): () => number {
  const [min, max] = decimalBounds(args, Number.MAX_VALUE)
  const draw = shaped(args, random, min, max, false)
  if (draw !== null) return () => min + draw()
  const span = max - min
  return () => min + random.nextDouble() * span
}
