import type { Registry } from 'prom-client'
import type { Declare } from './declare.ts'
import { declareMetrics, type MetricsSource, taskLabels } from './worker-metrics.ts'

/** The page `/metrics`. Loads prom-client when it is first read: most starts of a worker are over before that. */
export class MetricsPage {
  readonly contentType = 'text/plain; version=0.0.4; charset=utf-8' as Registry['contentType']
  readonly #source: MetricsSource
  #registry: Promise<{ registry: Registry, declareCounters: () => void }> | undefined

  constructor (source: MetricsSource) { this.#source = source }

  async metrics (): Promise<string> {
    this.#registry ??= newRegistry(this.#source)
    const { registry, declareCounters } = await this.#registry
    declareCounters()
    return await registry.metrics()
  }
}

/** Forgets all values. A metric without labels would have the value 0 then, where it should have none. */
function clear (metric: { reset (): void, remove (...labels: string[]): void }, labelNames: readonly string[]): void {
  metric.reset()
  if (labelNames.length === 0) metric.remove()
}

async function newRegistry (source: MetricsSource): Promise<{ registry: Registry, declareCounters: () => void }> {
  const { Registry, Gauge, Counter } = (await import('prom-client')).default
  const registry = new Registry()
  const registers = [registry]

  const declare: Declare = {
    gauge (name, help, labelNames, read) {
      new Gauge({ name, help, labelNames: [...labelNames], registers, collect () {
        clear(this, labelNames)
        read((labels, value) => { this.set(labels, value) })
      } })
    },
    counter (name, help, labelNames, read) {
      new Counter({ name, help, labelNames: [...labelNames], registers, collect () {
        clear(this, labelNames)
        read((labels, value) => { this.inc(labels, value) })
      } })
    }
  }
  declareMetrics(declare, source)
  const declared = new Set<string>()
  const declareCounters = (): void => {
    for (const { window: { metrics } } of source.tasks()) {
      for (const { name, help } of metrics.counters()) {
        if (declared.has(name)) continue
        declared.add(name)
        declare.counter(`connect_plugins_${name}_total`, help, taskLabels, set => {
          for (const { connector, task, window: { metrics } } of source.tasks()) {
            for (const own of metrics.counters()) if (own.name === name) set({ connector, task: String(task) }, own.value)
          }
        })
      }
    }
  }
  return { registry, declareCounters }
}
