import type { Annotations } from './annotations.ts'
import type { JavaRandom } from './java-random.ts'

/** Draws an index: each as often as its weight says among the sum of all. */
export function weightedIndex (random: JavaRandom, weights: readonly number[]): () => number {
  const sums: number[] = []
  let sum = 0
  for (const weight of weights) sums.push(sum += weight)
  return () => {
    const drawn = random.nextDouble() * sum
    let [low, high] = [0, sums.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (sums[middle]! > drawn) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** Draws an index below `count`: evenly, or by the "weights" that are given. Throws a ConnectError for wrong ones. */
export function indexOf (args: Annotations, random: JavaRandom, count: number): () => number {
  if (!args.has('weights')) return () => random.nextBelow(count)
  const weights = args.get('weights')
  if (!Array.isArray(weights) || weights.length !== count || !weights.every(weight => typeof weight === 'number' && weight >= 0 && weight < Infinity) || !weights.some(weight => weight > 0)) {
    throw args.problem('weights', `must be an array of ${count} numbers, one for each value: 0 or more, and not all 0`)
  }
  return weightedIndex(random, weights as readonly number[])
}
