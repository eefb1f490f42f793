import type { Declare } from '../metrics/declare.ts'
import { declareMetrics } from '../metrics/worker-metrics.ts'

interface Row { readonly type: 'counter' | 'gauge', readonly name: string, readonly help: string, readonly labels: readonly string[] }

/** Groups of metrics by the beginning of their names; of several that fit, the first counts. */
const groups = [
  ['connect_source_task_', 'Source tasks', ''],
  ['connect_sink_task_', 'Sink tasks', ''],
  ['connect_connector_task_', 'All tasks', ''],
  ['connect_task_error_', 'Errors of tasks', ''],
  ['connect_connector_', 'Connectors', ''],
  ['connect_worker_rebalance_', 'Rebalances', 'Of connect-distributed.'],
  ['connect_coordinator_', 'The group\'s coordinator', 'Of connect-distributed.'],
  ['connect_', 'The worker', '']
] as const

function groupOf (name: string): string { return groups.find(([beginning]) => name.startsWith(beginning))![1] }

function table (rows: readonly Row[]): string {
  return ['| metric | type | labels | meaning |', '|---|---|---|---|', ...rows.map(({ name, type, labels, help }) => `| \`${name}\` | ${type} | ${labels.join(', ')} | ${help} |`)].join('\n')
}

/** The page docs/metrics.md: every metric of a worker, from its own declaration. */
export function metricsReference (): string {
  const rows: Row[] = []
  const declare: Declare = {
    gauge: (name, help, labels) => { rows.push({ type: 'gauge', name, help, labels }) },
    counter: (name, help, labels) => { rows.push({ type: 'counter', name, help, labels }) }
  }
  declareMetrics(declare, { plugins: { list: () => [], find: () => Promise.resolve(null) }, connectors: () => [], specs: () => [], tasks: () => [], statuses: () => [], statistics: () => null, group: () => null, serverInfo: () => null })
  const byGroup = Map.groupBy(rows, ({ name }) => groupOf(name))
  const chapters = groups.map(([, title, about]) => [`## ${title}`, about, table(byGroup.get(title) ?? [])].filter(part => part !== '').join('\n\n'))
  return `${[
    '# Metrics',
    'Made from the declarations in the code by `npm run docs`; do not edit. `GET /metrics` on every REST listener answers in Prometheus\' format.',
    'The names are those of Kafka Connect\'s MBeans: group, then attribute. Rates, averages, maxima and minima of tasks are of the last `metrics.num.samples` samples of `metrics.sample.window.ms` each; '
    + 'there is no figure where nothing was measured in that time. Counters, ratios and all else are of the life of the task or worker. Percentages go from 0 to 1, as in Kafka.',
    'What a plugin counts itself is `connect_plugins_<name>_total`; see [Writing a plugin](writing-plugins.md#a-sink).',
    ...chapters
  ].join('\n\n')}\n`
}
