import { type Annotations, isObject } from './annotations.ts'
import type { JavaRandom } from './java-random.ts'

interface Delay { readonly odds: number, readonly min: number, readonly span: number }

const exact = 2 ** 52

/** Members of "late": one object, or several, which add up. */
function delaysOf (args: Annotations): Delay[] {
  const given = args.get('late')
  const list = Array.isArray(given) ? given : [given]
  if (list.length === 0 || !list.every(isObject)) throw args.problem('late', 'must be an object with "max", or an array of such objects')
  return list.map((_one, i) => {
    const part = args.part('late', i)
    const [odds, min, max] = [part.number('odds') ?? 1, Number(part.integer('min', 64) ?? 0n), part.integer('max', 64)]
    if (odds <= 0 || odds > 1) throw part.problem('odds', 'must be greater than 0 and at most 1')
    if (max === null) throw part.problem('max', 'is missing')
    if (min < 0 || Number(max) <= min || Number(max) > exact) throw part.problem('max', 'must be greater than "min", which is at least 0')
    return { odds, min, span: Number(max) - min }
  })
}

/** Sets some values of a counter or range back, as those of events that arrive late or out of order. Throws a ConnectError for a wrong "late". */
export function late (args: Annotations, random: JavaRandom, next: () => number | bigint): () => number | bigint {
  const delays = delaysOf(args)
  const delay = (): number => {
    let sum = 0
    for (const { odds, min, span } of delays) if (odds === 1 || random.nextDouble() < odds) sum += min + Math.trunc(random.nextDouble() * span)
    return sum
  }
  return () => {
    const value = next()
    const set = typeof value === 'bigint' ? value - BigInt(delay()) : value - delay()
    return typeof set === 'bigint' ? BigInt.asIntN(64, set) : set
  }
}
