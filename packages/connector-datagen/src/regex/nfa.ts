import type { Expression } from './parse.ts'
import { determinize, type Dfa, type Nfa, type Transition } from './dfa.ts'

/** A part of an automaton with one entry and one exit. */
interface Fragment { readonly start: number, readonly end: number }

/** Beyond this many states a pattern such as `.{1,100000}` is refused rather than built for minutes. */
const maxStates = 100_000

/** The smallest deterministic automaton that accepts what the expression describes: there is only one, so Java's has the same states. */
export function automatonOf (expression: Expression): Dfa {
  const builder = new Builder()
  const { start, end } = builder.add(expression)
  return determinize(builder, start, end)
}

class Builder implements Nfa {
  readonly transitions: Transition[][] = []
  readonly epsilons: number[][] = []

  #state (): number {
    if (this.transitions.length === maxStates) throw new SyntaxError(`the pattern needs more than ${maxStates} states`)
    this.epsilons.push([])
    return this.transitions.push([]) - 1
  }

  #link (from: number, to: number): void { this.epsilons[from]!.push(to) }

  #range (min: number, max: number): Fragment {
    const fragment = { start: this.#state(), end: this.#state() }
    if (min <= max) this.transitions[fragment.start]!.push({ min, max, to: fragment.end })
    return fragment
  }

  #empty (): Fragment {
    const state = this.#state()
    return { start: state, end: state }
  }

  #sequence (parts: Iterable<Fragment>): Fragment {
    const whole = this.#empty()
    let end = whole.end
    for (const part of parts) {
      this.#link(end, part.start)
      end = part.end
    }
    return { start: whole.start, end }
  }

  #choice (parts: Iterable<Fragment>): Fragment {
    const whole = { start: this.#state(), end: this.#state() }
    for (const part of parts) {
      this.#link(whole.start, part.start)
      this.#link(part.end, whole.end)
    }
    return whole
  }

  #repeat (part: Expression, min: number, max: number | null): Fragment {
    if (max !== null && min > max) return this.#range(1, 0)
    const whole = this.#sequence(Array.from({ length: min }, () => this.add(part)))
    if (max === null) {
      const loop = this.#empty()
      const inner = this.add(part)
      this.#link(loop.start, inner.start)
      this.#link(inner.end, loop.start)
      return this.#sequence([whole, loop])
    }
    const end = this.#state()
    let last = whole.end
    this.#link(last, end)
    for (let i = min; i < max; i++) {
      const next = this.add(part)
      this.#link(last, next.start)
      this.#link(next.end, end)
      last = next.end
    }
    return { start: whole.start, end }
  }

  #embed (dfa: Dfa): Fragment {
    const states = dfa.transitions.map(() => this.#state())
    const end = this.#state()
    for (const [i, state] of states.entries()) {
      this.transitions[state]!.push(...dfa.transitions[i]!.map(({ min, max, to }) => ({ min, max, to: states[to]! })))
      if (dfa.accepts[i]) this.#link(state, end)
    }
    return { start: states[0]!, end }
  }

  add (expression: Expression): Fragment {
    switch (expression.kind) {
      case 'range': return this.#range(expression.from, expression.to)
      case 'text': return this.#sequence(Array.from(expression.text.split(''), character => this.#range(character.charCodeAt(0), character.charCodeAt(0))))
      case 'nothing': return this.#range(1, 0)
      case 'anyText': return this.#repeat({ kind: 'range', from: 0, to: 0xffff }, 0, null)
      case 'union': return this.#choice(expression.parts.map(part => this.add(part)))
      case 'concatenation': return this.#sequence(expression.parts.map(part => this.add(part)))
      case 'repeat': return this.#repeat(expression.part, expression.min, expression.max)
      case 'complement': return this.#embed(complementOf(automatonOf(expression.part)))
      case 'intersection': {
        // What is in both is what is not outside of either.
        const outside = new Builder()
        const { start, end } = outside.#choice(expression.parts.map(part => outside.#embed(complementOf(automatonOf(part)))))
        return this.#embed(complementOf(determinize(outside, start, end)))
      }
      case 'interval': return this.add(numbers(expression.min, expression.max, expression.digits))
    }
  }
}

/** Accepts what the other refuses. */
function complementOf (dfa: Dfa): Dfa {
  const dead = dfa.transitions.length
  const transitions = dfa.transitions.map(list => {
    const all: Transition[] = []
    let next = 0
    for (const transition of list) {
      if (next < transition.min) all.push({ min: next, max: transition.min - 1, to: dead })
      all.push(transition)
      next = transition.max + 1
    }
    if (next <= 0xffff) all.push({ min: next, max: 0xffff, to: dead })
    return all
  })
  return { transitions: [...transitions, [{ min: 0, max: 0xffff, to: dead }]], accepts: [...dfa.accepts, false].map(accept => !accept) }
}

/** Decimal numbers from `min` to `max`, of so many digits, or with leading zeros at will when `digits` is 0. */
function numbers (min: number, max: number, digits: number): Expression {
  if (digits > 0) return between(String(min).padStart(digits, '0'), String(max).padStart(digits, '0'))
  const parts: Expression[] = []
  for (let width = 1; width <= String(max).length; width++) {
    const low = Math.max(min, width === 1 ? 0 : 10 ** (width - 1))
    const high = Math.min(max, 10 ** width - 1)
    if (low <= high) parts.push(between(String(low), String(high)))
  }
  return { kind: 'concatenation', parts: [{ kind: 'repeat', part: digit('0', '0'), min: 0, max: null }, { kind: 'union', parts }] }
}

function digit (from: string, to: string): Expression {
  return { kind: 'range', from: from.charCodeAt(0), to: to.charCodeAt(0) }
}

function between (low: string, high: string): Expression {
  if (low.length === 1) return digit(low, high)
  const [first, last, rest] = [low[0]!, high[0]!, low.length - 1]
  if (first === last) return { kind: 'concatenation', parts: [digit(first, first), between(low.slice(1), high.slice(1))] }
  const parts: Expression[] = [
    { kind: 'concatenation', parts: [digit(first, first), between(low.slice(1), '9'.repeat(rest))] },
    { kind: 'concatenation', parts: [digit(last, last), between('0'.repeat(rest), high.slice(1))] }
  ]
  if (Number(last) - Number(first) > 1) {
    const any: Expression = { kind: 'repeat', part: digit('0', '9'), min: rest, max: rest }
    parts.push({ kind: 'concatenation', parts: [digit(String(Number(first) + 1), String(Number(last) - 1)), any] })
  }
  return { kind: 'union', parts }
}
