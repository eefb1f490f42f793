/**
 * Which records of one topic-partition are acknowledged, and so the offset that is safe to commit. Two arrays that grow and shrink with
 * what is outstanding; nothing is allocated for a record.
 */
export class Progress {
  readonly topic: string
  readonly partition: number
  #offsets: (number | bigint)[] = []
  #done: boolean[] = []
  /** Slot of the first element of the arrays. */
  #base = 0
  /** Elements of the arrays that are acknowledged without gap. */
  #head = 0
  #position: number | bigint | null = null
  /** The task no longer owns the partition: what waits is dropped. */
  closed = false

  constructor (topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  /** Takes the next record; returns the slot to name it by in {@link complete}. Offsets come in rising order. */
  add (offset: number | bigint): number {
    this.#offsets.push(offset)
    this.#done.push(false)
    return this.#base + this.#offsets.length - 1
  }

  complete (slot: number): void {
    this.#done[slot - this.#base] = true
    let head = this.#head
    while (this.#done[head] === true) head++
    if (head === this.#head) return
    const last = this.#offsets[head - 1]
    if (last !== undefined) this.#position = typeof last === 'bigint' ? last + 1n : last + 1
    this.#head = head
    if (head === this.#offsets.length || head > 4096) this.#shrink()
  }

  #shrink (): void {
    this.#base += this.#head
    this.#offsets = this.#offsets.slice(this.#head)
    this.#done = this.#done.slice(this.#head)
    this.#head = 0
  }

  /** Whether every record taken is acknowledged. */
  get isIdle (): boolean { return this.#offsets.length === this.#head }

  /** The offset after the last record before which nothing is missing, or null when there is none yet. */
  get position (): number | bigint | null { return this.#position }
}
