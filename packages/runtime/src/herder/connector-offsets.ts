import type { RawConfig, SinkDefinition, SourceDefinition } from '@tributary/plugin'
import { offsetAdminSettings, sinkGroup } from '../config/client-settings.ts'
import type { LoadedPlugin } from '../config/plugins.ts'
import type { WorkerConfig } from '../config/worker-config.ts'
import { messageOf } from '../error-handling/java-error.ts'
import type { Kafka } from '../kafka/port.ts'
import type { OffsetStore } from '../storage/offset-store.ts'
import type { ConnectorOffset } from './herder.ts'
import { RestError } from './rest-error.ts'
import { offsetsMessage, readSinkOffsets, sinkOffsetsFailure, sinkOffsetsOf } from './sink-offsets.ts'

/** What offset requests on one connector need; its tasks are stopped before anything is changed. */
export interface OffsetTarget {
  readonly name: string
  /** Variables replaced. */
  readonly config: RawConfig
  readonly connector: LoadedPlugin<'source'> | LoadedPlugin<'sink'>
  readonly worker: WorkerConfig
  readonly kafka: Kafka
  readonly store: OffsetStore
}

function isSink (target: OffsetTarget): target is OffsetTarget & { connector: LoadedPlugin<'sink'> } { return target.connector.entry.type === 'sink' }

/** A sink with a feed of its own has no consumer group. */
function hasOwnFeed ({ config }: OffsetTarget): boolean { return (config['feed.class']?.trim() ?? '') !== '' }

async function withAdmin<T> ({ worker, name, config, kafka }: OffsetTarget, use: (admin: Awaited<ReturnType<Kafka['admin']>>, group: string) => Promise<T>): Promise<T> {
  const admin = await kafka.admin(offsetAdminSettings(worker, name, config))
  try {
    return await use(admin, sinkGroup(worker, name, config))
  } finally {
    await admin.close()
  }
}

/** The offsets of a connector: source offsets, or those of a sink's consumer group. */
export async function connectorOffsets (target: OffsetTarget): Promise<ConnectorOffset[]> {
  if (!isSink(target)) return (await target.store.all(target.name)).map(({ partition, offset }) => ({ partition, offset }))
  if (hasOwnFeed(target)) return []
  return await withAdmin(target, readSinkOffsets)
}

/** Runs the plugin's own check. What it throws is the answer, as in Java. */
async function asked (run: () => boolean | Promise<boolean> | undefined): Promise<boolean> {
  try {
    return await run() ?? false
  } catch (error) {
    throw new RestError(500, messageOf(error), { cause: error })
  }
}

async function changeGroup (target: OffsetTarget, verb: 'alter' | 'reset', change: (admin: Awaited<ReturnType<Kafka['admin']>>, group: string) => Promise<void>): Promise<void> {
  if (hasOwnFeed(target)) throw new RestError(400, `The offsets of connector ${target.name} are kept by its feed ${target.config['feed.class']}, not by Kafka; change them there.`)
  try {
    await withAdmin(target, change)
  } catch (error) {
    throw sinkOffsetsFailure(verb, target.name, error)
  }
}

/** Changes offsets; null forgets a partition. Returns the message for REST. */
export async function alterConnectorOffsets (target: OffsetTarget, offsets: readonly ConnectorOffset[]): Promise<string> {
  if (isSink(target)) {
    const wanted = sinkOffsetsOf(offsets)
    const byPlugin = await asked(() => (target.connector.definition as SinkDefinition).alterOffsets?.(target.config, wanted))
    await changeGroup(target, 'alter', (admin, group) => admin.alterGroupOffsets(group, wanted))
    return offsetsMessage('alter', byPlugin)
  }
  const byPlugin = await asked(() => (target.connector.definition as SourceDefinition).alterOffsets?.(target.config, offsets))
  await target.store.write(target.name, offsets)
  return offsetsMessage('alter', byPlugin)
}

/** Forgets all offsets of a connector. Returns the message for REST. */
export async function resetConnectorOffsets (target: OffsetTarget): Promise<string> {
  const current = await connectorOffsets(target)
  const none = current.map(({ partition }) => ({ partition, offset: null }))
  if (isSink(target)) {
    const byPlugin = await asked(() => (target.connector.definition as SinkDefinition).alterOffsets?.(target.config, sinkOffsetsOf(none)))
    await changeGroup(target, 'reset', (admin, group) => admin.deleteGroup(group))
    return offsetsMessage('reset', byPlugin)
  }
  const byPlugin = await asked(() => (target.connector.definition as SourceDefinition).alterOffsets?.(target.config, none))
  await target.store.write(target.name, none)
  return offsetsMessage('reset', byPlugin)
}
