import { configOf, ConnectError, type Log, type RawConfig } from '@tributary/plugin'
import { withoutSecrets } from '../config/config-transformer.ts'
import type { LoadedConnector } from '../config/connector-lookup.ts'

/** What task configurations are made from. */
export interface TaskConfigsOptions {
  readonly connector: string
  readonly plugin: LoadedConnector
  /** As the user gave it, variables of config providers included. */
  readonly raw: RawConfig
  /** With variables replaced. */
  readonly resolved: RawConfig
  readonly signal: AbortSignal
  readonly log: Log
  requestTaskReconfiguration (): void
}

/** The task class that a Java worker would run: that of the connector it knows, with Task for Connector unless the plugin says otherwise. */
function taskClassOf ({ entry, definition }: LoadedConnector): string {
  return definition.javaTaskClass ?? entry.class.replace(/Connector$/, '').concat('Task')
}

/**
 * Asks a connector for the configurations of its tasks, and adds what Connect adds. Values that come from variables are stored as variables, so that
 * no secret gets into the config topic. Throws for more tasks than `tasks.max`, which would not end by trying again.
 */
export async function taskConfigs (options: TaskConfigsOptions): Promise<RawConfig[]> {
  const { connector, plugin, raw, resolved, signal, log, requestTaskReconfiguration } = options
  const { definition } = plugin
  const maxTasks = Number(resolved['tasks.max']?.trim() ?? 1)
  const context = { connector, signal, log, requestTaskReconfiguration, maxTasks, raw: resolved }
  const config = configOf(definition.config, resolved)
  const isSource = definition.kind === 'source'
  const tasks = definition.tasks === undefined
    ? Array.from({ length: isSource ? 1 : maxTasks }, () => resolved)
    : await (definition.tasks as (config: unknown, context: unknown) => readonly RawConfig[] | Promise<readonly RawConfig[]>)(config, context)
  if (tasks.length > maxTasks && resolved['tasks.max.enforce']?.trim().toLowerCase() !== 'false') {
    throw new ConnectError('TOO_MANY_TASKS', 'system', `The connector ${connector} has generated ${tasks.length} tasks, which is greater than ${maxTasks}, the maximum number of tasks it is configured to create. This behaviour should be considered a bug and is disallowed. If necessary, it can be permitted by reconfiguring the connector with 'tasks.max.enforce' set to false; however, this option is discouraged.`,
      { javaClass: 'org.apache.kafka.connect.runtime.TooManyTasksException' })
  }
  const taskClass = taskClassOf(plugin)
  const topics = isSource ? [] : (['topics', 'topics.regex'] as const).filter(key => raw[key] !== undefined)
  return tasks.map(task => {
    const whole: Record<string, string> = { ...task, 'task.class': taskClass }
    for (const key of topics) whole[key] = raw[key]!
    return withoutSecrets(raw, whole)
  })
}

function sameConfig (a: RawConfig, b: RawConfig): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every(key => a[key] === b[key])
}

/** Whether tasks have to be written and started anew: their number, one of them, or the connector's configuration they were made from differs. */
export function tasksChanged (before: { tasks: readonly RawConfig[], applied: RawConfig | null }, now: { tasks: readonly RawConfig[], connector: RawConfig }): boolean {
  if (before.tasks.length !== now.tasks.length) return true
  if (before.applied !== null && !sameConfig(before.applied, now.connector)) return true
  return now.tasks.some((task, i) => !sameConfig(task, before.tasks[i]!))
}
