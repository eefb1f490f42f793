import type { Converter, Schema } from '@tributary/plugin'
import { settle, startSchemaRegistry } from '@tributary/testing'
import type { TestSchemaRegistry } from '@tributary/testing'
import type { Test } from 'tap'

/** A schema registry that ends with the test. */
export async function registryFor (t: Test): Promise<TestSchemaRegistry> {
  const registry = await startSchemaRegistry()
  t.teardown(() => registry.close())
  return registry
}

/** What a converter writes for the topic orders; null for a tombstone. */
export async function write (one: Converter, schema: Schema | null, value: unknown): Promise<Buffer | null> {
  const bytes = await settle(() => one.fromConnect('orders', schema, value))
  return bytes === null ? null : Buffer.from(bytes)
}
