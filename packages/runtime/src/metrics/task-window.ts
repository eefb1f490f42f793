import { type Extreme, type TaskCell, type TaskMetrics, taskCells } from './task-metrics.ts'

/** `metrics.sample.window.ms` and `metrics.num.samples`. */
export interface Sampling { readonly windowMs: number, readonly samples: number }

type Counted = Readonly<Record<TaskCell, number>>

const nothing = Object.fromEntries(taskCells.map(cell => [cell, 0])) as Record<TaskCell, number>

/** What a task has done of late, within the last samples, as Kafka's metrics count: the present sample and those before it. */
export class TaskWindow {
  readonly metrics: TaskMetrics
  readonly #sampling: Sampling
  /** What was counted when each sample began, the oldest first. */
  readonly #beginnings: { readonly atMs: number, readonly counted: Counted }[]

  constructor (metrics: TaskMetrics, sampling: Sampling, nowMs = Date.now()) {
    this.metrics = metrics
    this.#sampling = sampling
    this.#beginnings = [{ atMs: nowMs, counted: nothing }]
  }

  /** Begins another sample; called every `metrics.sample.window.ms`. */
  nextSample (nowMs = Date.now()): void {
    this.metrics.nextSample()
    this.#beginnings.push({ atMs: nowMs, counted: this.metrics.counted() })
    if (this.#beginnings.length > this.#sampling.samples) this.#beginnings.shift()
  }

  get #first (): { readonly atMs: number, readonly counted: Counted } { return this.#beginnings[0]! }

  /** How much a cell has grown. */
  grown (cell: TaskCell): number { return this.metrics.get(cell) - this.#first.counted[cell] }

  /** Growth a second. A window that has only begun counts as if it were nearly whole, as in Kafka, so that a first record is no burst. */
  rate (cell: TaskCell, nowMs = Date.now()): number {
    const ms = Math.max(nowMs - this.#first.atMs, (this.#sampling.samples - 1) * this.#sampling.windowMs)
    return ms <= 0 ? 0 : this.grown(cell) / ms * 1000
  }

  /** Growth of one cell for each that another has grown; null: there was none. */
  average (sum: TaskCell, count: TaskCell): number | null {
    const times = this.grown(count)
    return times <= 0 ? null : this.grown(sum) / times
  }

  largest (cell: Extreme): number | null { return this.#of(cell, Math.max) }

  smallest (cell: Extreme): number | null { return this.#of(cell, Math.min) }

  #of (cell: Extreme, choose: (...values: number[]) => number): number | null {
    const known = this.metrics.extremesOf(cell).filter(value => value !== null)
    return known.length === 0 ? null : choose(...known)
  }
}
