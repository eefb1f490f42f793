const longestMs = 30_000

/** Milliseconds to wait before something is tried again: doubled so many times, 30 s at most, shortened at random so that tasks do not come together. */
export function backoffMs (firstMs: number, doublings: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(doublings, 10)) * (0.5 + Math.random() / 2)
}
