import type { RawConfig, SinkDefinition, SourceDefinition } from '@tributary/plugin'
import { offsetAdminSettings, sinkGroup } from '../config/client-settings.ts'
import type { LoadedPlugin } from '../config/plugins.ts'
import type { WorkerConfig } from '../config/worker-config.ts'
import { messageOf } from '../error-handling/java-error.ts'
import type { Kafka } from '../kafka/port.ts'
import type { OffsetStore } from '../storage/offset-store.ts'
import type { ConnectorOffset } from './herder.ts'
import { RestError } from './rest-error.ts'

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

interface GroupOffset { readonly topic: string, readonly partition: number, readonly offset: number | null }

function badRequest (message: string): RestError { return new RestError(400, message) }

function answer (what: 'altered' | 'reset', byPlugin: boolean): string {
  return byPlugin
    ? `The offsets for this connector have been ${what} successfully`
    : `The Connect framework-managed offsets for this connector have been ${what} successfully. However, if this connector manages offsets externally, they will need to be manually ${what} in the system that the connector uses.`
}

function integer (value: unknown, what: 'Partition' | 'Offset'): number {
  if (value === null || value === undefined) throw badRequest(`Kafka ${what.toLowerCase()}s must be valid numbers and may not be null`)
  const text = String(value)
  if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(Number(text))) throw badRequest(`Failed to parse the following Kafka ${what.toLowerCase()} value in the provided offsets: '${text}'. ${what} values for sink connectors need to be integers.`)
  return Number(text)
}

/** Understands the offsets of a sink as REST takes them. Throws a RestError 400 with Java's words. */
export function sinkOffsetsOf (offsets: readonly ConnectorOffset[]): GroupOffset[] {
  return offsets.map(({ partition, offset }) => {
    if (partition == null) throw badRequest('The partition for a sink connector offset cannot be null or missing')
    if (!Object.hasOwn(partition, 'kafka_topic') || !Object.hasOwn(partition, 'kafka_partition')) {
      throw badRequest('The partition for a sink connector offset must contain the keys \'kafka_topic\' and \'kafka_partition\'')
    }
    const { kafka_topic: topic, kafka_partition: number } = partition
    if (typeof topic !== 'string') throw badRequest('Kafka topic names must be valid strings and may not be null')
    const parsed = integer(number, 'Partition')
    if (offset === null) return { topic, partition: parsed, offset: null }
    if (!Object.hasOwn(offset, 'kafka_offset')) throw badRequest('The offset for a sink connector should either be null or contain the key \'kafka_offset\'')
    return { topic, partition: parsed, offset: integer(offset.kafka_offset, 'Offset') }
  })
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
  const offsets = await withAdmin(target, (admin, group) => admin.groupOffsets(group))
  return offsets.map(({ topic, partition, offset }) => ({ partition: { kafka_topic: topic, kafka_partition: partition }, offset: { kafka_offset: offset } }))
}

/** Runs the plugin's own check. What it throws is the answer, as in Java. */
async function asked (run: () => boolean | Promise<boolean> | undefined): Promise<boolean> {
  try {
    return await run() ?? false
  } catch (error) {
    throw new RestError(500, messageOf(error), { cause: error })
  }
}

async function changeGroup (target: OffsetTarget, change: (admin: Awaited<ReturnType<Kafka['admin']>>, group: string) => Promise<void>): Promise<void> {
  if (hasOwnFeed(target)) throw badRequest(`The offsets of connector ${target.name} are kept by its feed ${target.config['feed.class']}, not by Kafka; change them there.`)
  try {
    await withAdmin(target, change)
  } catch (error) {
    throw new RestError(500, `Failed to alter consumer group offsets for connector ${target.name} either because its tasks haven't stopped completely yet or the resources they were using have not been released yet. If the connector is in a stopped state, this operation can be safely retried. (${messageOf(error)})`, { cause: error })
  }
}

/** Changes offsets; null forgets a partition. Returns the message for REST. */
export async function alterConnectorOffsets (target: OffsetTarget, offsets: readonly ConnectorOffset[]): Promise<string> {
  if (isSink(target)) {
    const wanted = sinkOffsetsOf(offsets)
    const byPlugin = await asked(() => (target.connector.definition as SinkDefinition).alterOffsets?.(target.config, wanted))
    await changeGroup(target, (admin, group) => admin.alterGroupOffsets(group, wanted))
    return answer('altered', byPlugin)
  }
  const byPlugin = await asked(() => (target.connector.definition as SourceDefinition).alterOffsets?.(target.config, offsets))
  await target.store.write(target.name, offsets)
  return answer('altered', byPlugin)
}

/** Forgets all offsets of a connector. Returns the message for REST. */
export async function resetConnectorOffsets (target: OffsetTarget): Promise<string> {
  const current = await connectorOffsets(target)
  const none = current.map(({ partition }) => ({ partition, offset: null }))
  if (isSink(target)) {
    const byPlugin = await asked(() => (target.connector.definition as SinkDefinition).alterOffsets?.(target.config, sinkOffsetsOf(none)))
    await changeGroup(target, (admin, group) => admin.deleteGroup(group))
    return answer('reset', byPlugin)
  }
  const byPlugin = await asked(() => (target.connector.definition as SourceDefinition).alterOffsets?.(target.config, none))
  await target.store.write(target.name, none)
  return answer('reset', byPlugin)
}
