/** Characters `from` to `to`, both included, lead to state `to`. */
export interface Transition { readonly min: number, readonly max: number, readonly to: number }

/** States by number. An epsilon leads on without a character. */
export interface Nfa {
  readonly transitions: Transition[][]
  readonly epsilons: number[][]
}

/** A minimal deterministic automaton; it starts in state 0. The transitions of a state are sorted, do not overlap, and are as wide as can be. */
export interface Dfa {
  readonly transitions: readonly (readonly Transition[])[]
  readonly accepts: readonly boolean[]
}

const maxStates = 100_000

/** All states reached from these without a character, sorted. */
function closure (nfa: Nfa, states: Iterable<number>): number[] {
  const found = new Set(states)
  for (const state of found) for (const next of nfa.epsilons[state]!) found.add(next)
  return [...found].toSorted((a, b) => a - b)
}

/** Cuts overlapping transitions into pieces that do not overlap, each with all its targets. */
function pieces (transitions: readonly Transition[]): { min: number, max: number, targets: Set<number> }[] {
  const starts = [...new Set(transitions.flatMap(({ min, max }) => [min, max + 1]))].toSorted((a, b) => a - b)
  return starts.flatMap((min, i) => {
    const next = starts[i + 1]
    const targets = new Set(transitions.filter(transition => transition.min <= min && min <= transition.max).map(({ to }) => to))
    return next === undefined || targets.size === 0 ? [] : [{ min, max: next - 1, targets }]
  })
}

/** The minimal deterministic automaton of an NFA (subset construction). */
export function determinize (nfa: Nfa, start: number, end: number): Dfa {
  const numbers = new Map<string, number>()
  const sets: number[][] = []
  const numberOf = (states: Iterable<number>): number => {
    const set = closure(nfa, states)
    const name = set.join(',')
    const known = numbers.get(name)
    if (known !== undefined) return known
    if (sets.length === maxStates) throw new SyntaxError(`the pattern needs more than ${maxStates} states`)
    numbers.set(name, sets.length)
    return sets.push(set) - 1
  }
  numberOf([start])
  const transitions: Transition[][] = []
  for (let i = 0; i < sets.length; i++) {
    transitions.push(pieces(sets[i]!.flatMap(state => nfa.transitions[state]!)).map(({ min, max, targets }) => ({ min, max, to: numberOf(targets) })))
  }
  return minimize({ transitions, accepts: sets.map(set => set.includes(end)) })
}

/** Whether an accepting state can be reached, by state. */
function liveStates ({ transitions, accepts }: Dfa): boolean[] {
  const sources: number[][] = transitions.map(() => [])
  for (const [from, list] of transitions.entries()) for (const { to } of list) sources[to]!.push(from)
  const live = [...accepts]
  const pending = live.flatMap((is, state) => is ? [state] : [])
  for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
    for (const source of sources[state]!) {
      if (live[source]) continue
      live[source] = true
      pending.push(source)
    }
  }
  return live
}

/** Joins neighbours that lead to the same state. */
function joined (transitions: readonly Transition[]): Transition[] {
  const result: Transition[] = []
  for (const transition of transitions) {
    const last = result.at(-1)
    if (last?.to === transition.to && last.max + 1 === transition.min) result[result.length - 1] = { ...last, max: transition.max }
    else result.push(transition)
  }
  return result
}

/** Merges states that cannot be told apart (Moore's algorithm), after dropping those that lead nowhere. */
function minimize (dfa: Dfa): Dfa {
  const live = liveStates(dfa)
  const inner = dfa.transitions.map(list => list.filter(({ to }) => live[to]))
  let classes = dfa.accepts.map(Number)
  for (let count = 0; ;) {
    const numbers = new Map<string, number>()
    classes = inner.map((list, state) => {
      const seen = joined(list.map(transition => ({ ...transition, to: classes[transition.to]! })))
      const signature = `${classes[state]};${seen.map(({ min, max, to }) => `${min}-${max}-${to}`).join(';')}`
      const number = numbers.get(signature) ?? numbers.size
      numbers.set(signature, number)
      return number
    })
    if (numbers.size === count) break
    count = numbers.size
  }
  // The classes are numbered by first appearance, so that of state 0 is 0; states that nothing leads to any more are harmless.
  const representatives = new Map(classes.map((number, state) => [number, state] as const).toReversed())
  const states = Array.from({ length: representatives.size }, (_, number) => representatives.get(number)!)
  return {
    transitions: states.map(state => joined(inner[state]!.map(transition => ({ ...transition, to: classes[transition.to]! })))),
    accepts: states.map(state => dfa.accepts[state]!)
  }
}
