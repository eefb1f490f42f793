import type { TaskServices } from './task-services.ts'
import type { TaskSpec } from './task-spec.ts'

/** Runs a task from its specification to its end: resolves when it was stopped, rejects with what made it fail. */
export async function runTask (spec: TaskSpec, services: TaskServices): Promise<void> {
  // A thread loads only the half it needs.
  const task = spec.type === 'source'
    ? await (await import('../source-task/start-source-task.ts')).startSourceTask(spec, services)
    : await (await import('../sink-task/start-sink-task.ts')).startSinkTask(spec, services)
  await task.run()
}
