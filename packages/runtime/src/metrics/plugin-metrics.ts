import { trimmedList } from '@tributary/plugin'
import { pluginEntry, type Plugins } from '../config/plugins.ts'
import type { PluginType } from '../herder/herder.ts'
import { converterName } from '../worker/task-converters.ts'
import type { TaskSpec } from '../worker/task-spec.ts'
import type { Declare } from './declare.ts'

/** What runs on a worker, as far as its plugins are concerned. */
export interface PluginUse {
  readonly plugins: Plugins
  connectors (): Iterable<{ readonly name: string, readonly type: 'source' | 'sink', readonly class: string, readonly version: string | null }>
  specs (): Iterable<TaskSpec>
}

const converters = [['key', 'converter'], ['value', 'converter'], ['header', 'header_converter']] as const
const unknown = 'unknown'

function classLabels (what: string): readonly string[] { return [`${what}_class`, `${what}_version`] }

/** Metrics that say by labels which plugins run, in which versions (Kafka's connector metrics, and KIP-1046's of tasks). */
export function declarePlugins (declare: Declare, use: PluginUse): void {
  const labelsOf = (what: string, type: PluginType, name: string): Record<string, string> => {
    const entry = pluginEntry(use.plugins, name, [type])
    return { [`${what}_class`]: entry?.class ?? name, [`${what}_version`]: entry?.version ?? unknown }
  }
  declare.gauge('connect_connector_info', 'Class and version of each connector, as labels.', ['connector', 'connector_type', ...classLabels('connector')], set => {
    for (const { name, type, class: connectorClass, version } of use.connectors()) set({ connector: name, connector_type: type, connector_class: connectorClass, connector_version: version ?? unknown }, 1)
  })
  const taskLabels = ['connector', 'task', 'connector_type', ...classLabels('connector'), ...classLabels('task'), ...converters.flatMap(([part]) => classLabels(`${part}_converter`))]
  declare.gauge('connect_connector_task_info', 'Classes and versions of what each task runs, as labels.', taskLabels, set => {
    for (const { id, type, connectorClass, connectorVersion, taskConfig, connectorConfig, workerConfig } of use.specs()) {
      const version = connectorVersion ?? unknown
      const parts = converters.map(([part, kind]) => labelsOf(`${part}_converter`, kind, converterName(`${part}.converter`, connectorConfig, workerConfig) ?? unknown))
      set(Object.assign({
        connector: id.connector, task: String(id.task), connector_type: type, connector_class: connectorClass, connector_version: version, task_class: taskConfig['task.class'] ?? unknown, task_version: version
      }, ...parts) as Record<string, string>, 1)
    }
  })
  for (const [what, list, type] of [['transform', 'transforms', 'transformation'], ['predicate', 'predicates', 'predicate']] as const) {
    declare.gauge(`connect_connector_${what}_info`, `Class and version of each ${what} of a task, as labels.`, ['connector', 'task', what, ...classLabels(what)], set => {
      for (const { id, connectorConfig } of use.specs()) {
        for (const name of trimmedList(connectorConfig[list])) set({ connector: id.connector, task: String(id.task), [what]: name, ...labelsOf(what, type, connectorConfig[`${list}.${name}.type`]?.trim() ?? unknown) }, 1)
      }
    })
  }
}
