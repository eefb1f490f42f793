import type { Annotations } from './annotations.ts'
import type { JavaRandom } from './java-random.ts'

/** Draws numbers from 0 to below a span. Keeps nothing between draws: a record depends on its seed alone. */
export type Draw = () => number

/** Draws again until a number lies in the span; the bounds on the parameters make that likely each time. */
function within (span: number, draw: Draw): Draw {
  return () => {
    for (;;) {
      const value = draw()
      if (value >= 0 && value < span) return value
    }
  }
}

/** Marsaglia's polar method; the second number of each pair is not kept. */
function normal (random: JavaRandom, span: number, mean: number, deviation: number): Draw {
  return within(span, () => {
    for (;;) {
      const a = 2 * random.nextDouble() - 1
      const b = 2 * random.nextDouble() - 1
      const size = a * a + b * b
      if (size > 0 && size < 1) return mean + deviation * a * Math.sqrt(-2 * Math.log(size) / size)
    }
  })
}

function exponential (random: JavaRandom, span: number, mean: number): Draw {
  return within(span, () => -mean * Math.log(1 - random.nextDouble()))
}

/** Rejection-inversion (Hörmann and Derflinger, 1996): the same few steps for ten values or for billions. */
function zipf (random: JavaRandom, span: number, exponent: number): Draw {
  const rest = 1 - exponent
  const integral = (x: number): number => rest === 0 ? Math.log(x) : Math.expm1(rest * Math.log(x)) / rest
  const inverse = (y: number): number => rest === 0 ? Math.exp(y) : Math.exp(Math.log1p(Math.max(-1, y * rest)) / rest)
  const height = (k: number): number => Math.exp(-exponent * Math.log(k))
  const [first, last] = [integral(1.5) - 1, integral(span + 0.5)]
  const near = 2 - inverse(integral(2.5) - height(2))
  return () => {
    for (;;) {
      const u = last + random.nextDouble() * (first - last)
      const x = inverse(u)
      const rank = Math.min(span, Math.max(1, Math.floor(x + 0.5)))
      if (rank - x <= near || u >= integral(rank + 0.5) - height(rank)) return rank - 1
    }
  }
}

function positive (part: Annotations, member: string, otherwise: number, most: number): number {
  const value = part.number(member) ?? otherwise
  if (!(value > 0) || value > most) throw part.problem(member, `must be greater than 0 and at most ${most}`)
  return value
}

/**
 * What "distribution" says of a range from `min` to below `min + span`: draws within the span. Throws a ConnectError for what is wrong.
 */
export function distributionOf (args: Annotations, random: JavaRandom, range: { readonly min: number, readonly span: number, readonly isWhole: boolean }): Draw {
  const { min, span, isWhole } = range
  const part = args.part('distribution')
  switch (part.member('type')) {
    case 'normal': {
      const mean = (part.number('mean') ?? min + span / 2) - min
      if (mean < 0 || mean > span) throw part.problem('mean', 'must lie within the range')
      return normal(random, span, mean, positive(part, 'deviation', span / 6, span))
    }
    // `mean` counts from the lower end of the range.
    case 'exponential': return exponential(random, span, positive(part, 'mean', span / 5, span))
    case 'zipf':
      if (!isWhole) throw part.problem('type', 'may be "zipf" for whole numbers only')
      return zipf(random, span, positive(part, 'exponent', 1, 20))
    default: throw part.problem('type', 'must be "normal", "exponential" or "zipf"')
  }
}
