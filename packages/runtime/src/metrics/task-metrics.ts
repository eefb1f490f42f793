import { ConnectError, type Counter } from '@tributary/plugin'

/**
 * What is counted of a task, in one place. A cell is a number in memory that the task's thread and the worker share: counting costs an addition,
 * and the worker reads the cells when it is asked for metrics, even of a thread that hangs or has died.
 */
export const taskCells = [
  'sourceRecordPoll', 'sourceRecordWrite', 'sourceRecordActive', 'sourceRecordActiveSum', 'sourceRecordActiveCount', 'pollBatches', 'pollBatchMs',
  'transactions', 'transactionRecords',
  'sinkRecordRead', 'sinkRecordSend', 'sinkRecordActive', 'sinkRecordActiveSum', 'sinkRecordActiveCount', 'sinkRecordLagMax', 'partitionCount',
  'offsetCommitSeqNo', 'offsetCommitCompletion', 'offsetCommitSkip', 'putBatches', 'putBatchMs',
  'batches', 'batchRecords', 'offsetCommits', 'offsetCommitFailures', 'offsetCommitMs', 'createdAt', 'stateAt', 'isPaused', 'runningMs', 'pausedMs',
  'recordFailures', 'recordErrors', 'recordsSkipped', 'retries', 'errorsLogged', 'deadLetters', 'deadLetterFailures', 'lastErrorTimestamp'
] as const

export type TaskCell = typeof taskCells[number]

/** What is only known as the largest, or smallest, value of a time: each sample has cells of its own for them, so that old values are forgotten. */
const extremes = ['sourceRecordActiveMax', 'pollBatchMaxMs', 'transactionSizeMin', 'transactionSizeMax', 'sinkRecordActiveMax', 'putBatchMaxMs', 'batchSizeMax', 'offsetCommitMaxMs'] as const

export type Extreme = typeof extremes[number]

/** Levels that go up and down, of which average and maximum are wanted too. */
type Level = 'sourceRecordActive' | 'sinkRecordActive'

function indexOf<Name extends string> (names: readonly Name[]): Record<Name, number> { return Object.fromEntries(names.map((name, i) => [name, i])) as Record<Name, number> }

const index = indexOf(taskCells)
const extremeIndex = indexOf(extremes)

/** Most counts that a plugin may have of its own. */
const maxCounters = 16

/** Where the number of the present sample is; the samples' cells follow. */
const sampleCell = taskCells.length + maxCounters

/** Memory for the cells of a task with so many samples, `metrics.num.samples`. */
export function taskMemory (samples: number): SharedArrayBuffer {
  const memory = new SharedArrayBuffer((sampleCell + 1 + samples * extremes.length) * 8)
  new Float64Array(memory).fill(Number.NaN, sampleCell + 1)
  return memory
}

/** A count that a plugin has made. */
export interface CounterName {
  readonly name: string
  readonly help: string
}

/** The cells of one task. */
export class TaskMetrics {
  readonly memory: SharedArrayBuffer
  readonly #cells: Float64Array
  readonly #counters: CounterName[] = []
  readonly #onCounter: (counter: CounterName) => void

  /** `memory`: that of the other side, to share it. `onCounter` is told of each new {@link counter}, so that the other side can make it too, in the same order. */
  constructor (memory = taskMemory(2), onCounter: (counter: CounterName) => void = () => {}) {
    this.memory = memory
    this.#cells = new Float64Array(memory)
    this.#onCounter = onCounter
  }

  /** See SinkTaskContext. */
  counter (name: string, help: string): Counter {
    let at = this.#counters.findIndex(counter => counter.name === name)
    if (at === -1) {
      if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new ConnectError('COUNTER', 'system', `A counter cannot have the name ${name}: write lower case letters, digits and underscores.`)
      if (this.#counters.length === maxCounters) throw new ConnectError('COUNTER', 'system', `The counter ${name} is one too many: a task may have ${maxCounters}.`)
      at = this.#counters.push({ name, help }) - 1
      this.#onCounter({ name, help })
    }
    const cell = taskCells.length + at
    return { add: (amount = 1) => { this.#cells[cell]! += amount } }
  }

  /** The plugin's own counts. */
  * counters (): Generator<CounterName & { readonly value: number }> {
    for (const [at, counter] of this.#counters.entries()) yield { ...counter, value: this.#cells[taskCells.length + at]! }
  }

  add (cell: TaskCell, amount = 1): void { this.#cells[index[cell]]! += amount }

  set (cell: TaskCell, value: number): void { this.#cells[index[cell]] = value }

  get (cell: TaskCell): number { return this.#cells[index[cell]]! }

  /** Sets a level. */
  level (cell: Level, value: number): void {
    this.set(cell, value)
    this.add(`${cell}Sum`, value)
    this.add(`${cell}Count`)
    this.max(`${cell}Max`, value)
  }

  /** Remembers a value if it is the largest of the present sample. */
  max (cell: Extreme, value: number): void {
    const at = this.#extremeCell(cell, this.#cells[sampleCell]!)
    if (!(value <= this.#cells[at]!)) this.#cells[at] = value
  }

  /** Remembers a value if it is the smallest of the present sample. */
  min (cell: Extreme, value: number): void {
    const at = this.#extremeCell(cell, this.#cells[sampleCell]!)
    if (!(value >= this.#cells[at]!)) this.#cells[at] = value
  }

  /** What each sample remembers; null: nothing. */
  extremesOf (cell: Extreme): (number | null)[] {
    return Array.from({ length: this.samples }, (_, sample) => this.#cells[this.#extremeCell(cell, sample)]!).map(value => Number.isNaN(value) ? null : value)
  }

  get samples (): number { return (this.#cells.length - sampleCell - 1) / extremes.length }

  /** Forgets the oldest sample and begins another. For one side only; a value that the other one is just writing may still go to the sample before. */
  nextSample (): void {
    const next = (this.#cells[sampleCell]! + 1) % this.samples
    const from = this.#extremeCell(extremes[0], next)
    this.#cells.fill(Number.NaN, from, from + extremes.length)
    this.#cells[sampleCell] = next
  }

  #extremeCell (cell: Extreme, sample: number): number { return sampleCell + 1 + sample * extremes.length + extremeIndex[cell] }

  /** A copy of all that is counted now. */
  counted (): Record<TaskCell, number> { return Object.fromEntries(taskCells.map((cell, i) => [cell, this.#cells[i]!])) as Record<TaskCell, number> }

  /** The task is in this state from now on (null: it was only made). Times are milliseconds since 1970, which two threads share. */
  enter (state: 'RUNNING' | 'PAUSED' | null, now = Date.now()): void {
    if (state === null) return this.set('createdAt', now)
    if (this.get('stateAt') > 0) this.add(this.get('isPaused') === 1 ? 'pausedMs' : 'runningMs', now - this.get('stateAt'))
    this.set('isPaused', state === 'PAUSED' ? 1 : 0)
    this.set('stateAt', now)
  }

  /** The part of its life, from 0 to 1, that the task was in a state; null: it has none yet. */
  ratioOf (state: 'RUNNING' | 'PAUSED', now = Date.now()): number | null {
    const life = now - this.get('createdAt')
    if (this.get('createdAt') === 0 || life <= 0) return null
    const isNow = this.get('stateAt') > 0 && (this.get('isPaused') === 1) === (state === 'PAUSED')
    return Math.min(1, (this.get(state === 'PAUSED' ? 'pausedMs' : 'runningMs') + (isNow ? now - this.get('stateAt') : 0)) / life)
  }
}
