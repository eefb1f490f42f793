import type { RawConfig } from '@tributary/plugin'

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
