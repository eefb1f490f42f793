import { ConnectError } from '@tributary/plugin'
import type { JavaRandom } from '../java-random.ts'
import { automatonOf } from './nfa.ts'
import { parseExpression } from './parse.ts'

/** Generex stops at an accepting state when an int is above this: about 35 in 100 times. */
const stopAbove = 0.3 * 2147483647

/** Where Java's stack is about to overflow: the expression goes on for ever because it missed its longest text. */
const maxLength = 4096

/** A state as arrays, for speed. */
interface Step {
  readonly accepts: boolean
  readonly mins: readonly number[]
  /** How many characters each transition has. */
  readonly widths: readonly number[]
  readonly targets: readonly number[]
}

/**
 * Texts that match a regular expression, drawn as Generex (com.mifmif.common.regex, used by Confluent's generator) draws them, so that a seed
 * gives the same texts. Lengths outside the bounds happen only when the expression allows no others.
 */
export class RegexText {
  readonly #steps: readonly Step[]
  readonly #pattern: string
  readonly #random: JavaRandom
  readonly #min: number
  readonly #max: number
  readonly #characters = new Uint16Array(maxLength + 1)

  /** `min` and `max` lengths, both included. Throws a SyntaxError for a wrong pattern. */
  constructor (pattern: string, options: { random: JavaRandom, min: number, max: number }) {
    const dfa = automatonOf(parseExpression(pattern))
    this.#steps = dfa.transitions.map((list, state) => ({
      accepts: dfa.accepts[state]!,
      mins: list.map(({ min }) => min),
      widths: list.map(({ min, max }) => max - min + 1),
      targets: list.map(({ to }) => to)
    }))
    this.#pattern = pattern
    this.#random = options.random
    this.#min = options.min
    this.#max = options.max
  }

  /** Throws a ConnectError when texts of the expression have no end within reach. */
  next (): string {
    const length = this.#walk(0, 0)
    return String.fromCharCode.apply(null, this.#characters.subarray(0, length) as unknown as number[])
  }

  /** Extends the text of `length` characters from a state; returns the length of the result. */
  #walk (state: number, length: number): number {
    const { accepts, mins, widths, targets } = this.#steps[state]!
    const random = this.#random
    if (length === maxLength) throw this.#endless()
    let tried: Set<number> | undefined
    let result = length
    while (targets.length > (tried?.size ?? 0)) {
      if (accepts) {
        if (length === this.#max) return length
        if (random.nextInt() > stopAbove && length >= this.#min) return length
      }
      const choice = random.nextBelow(targets.length)
      if (tried?.has(choice)) continue
      this.#characters[length] = mins[choice]! + random.nextBelow(widths[choice]!)
      result = this.#walk(targets[choice]!, length + 1)
      if (this.#min <= result && result <= this.#max) break
      tried ??= new Set()
      tried.add(choice)
    }
    return result
  }

  #endless (): ConnectError {
    return new ConnectError('DATAGEN_REGEX', 'system', `The regex "${this.#pattern}" came to ${maxLength} characters without an end: ` +
      `it has to match texts of ${this.#min} to ${this.#max} characters, or "length" has to allow those it matches.`)
  }
}
