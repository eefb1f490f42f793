import { defineSource, t as is } from '@tributary/plugin'
import type { RawConfig } from '@tributary/plugin'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { LoadedPlugin, PluginEntry, Plugins } from '../../src/config/plugins.ts'
import { workerConfigOf } from '../../src/config/worker-config.ts'
import type { PluginType } from '../../src/herder/herder.ts'
import type { RestContext } from '../../src/rest/context.ts'
import { publicApp } from '../../src/rest/server.ts'
import { MemoryHerder } from './memory-herder.ts'

const queue = defineSource({
  summary: 'Reads a queue.',
  config: is.object({ 'queue.url': is.string({ description: 'Where the queue is', importance: 'HIGH' }), 'queue.password': is.password({ description: 'Its password', default: null }) }),
  async * read () {}
})

function entry (): PluginEntry {
  return { class: 'com.example.QueueSourceConnector', type: 'source', version: '1.2', aliases: ['QueueSource', 'QueueSourceConnector'], load: async () => queue }
}

/** Plugins with one source, `com.example.QueueSourceConnector`. */
export const onePlugin: Plugins = {
  list: () => [entry()],
  async find<T extends PluginType> (type: T, name: string): Promise<LoadedPlugin<T> | null> {
    const found = entry()
    return type === 'source' && [found.class, ...found.aliases].includes(name) ? { entry: found, definition: queue } as unknown as LoadedPlugin<T> : null
  }
}

export const workerFile: RawConfig = {
  'bootstrap.servers': '127.0.0.1:9092', 'group.id': 'g', 'key.converter': 'x', 'value.converter': 'x',
  'offset.storage.topic': 'o', 'config.storage.topic': 'c', 'status.storage.topic': 's', listeners: 'http://127.0.0.1:0'
}

const silent = { error () {}, warn () {}, info () {}, debug () {} }

/** What routes need, with a herder in memory. */
export async function restContext (worker: RawConfig = {}, changes: Partial<RestContext> = {}): Promise<{ context: RestContext, herder: MemoryHerder }> {
  const herder = new MemoryHerder()
  const levels = new Map([['root', { level: 'INFO', last_modified: null as number | null }]])
  return {
    herder,
    context: {
      worker: await workerConfigOf('distributed', { ...workerFile, ...worker }),
      plugins: onePlugin,
      log: silent,
      logLevels: {
        all: () => Object.fromEntries(levels),
        get: name => levels.get(name) ?? null,
        set (name, level) {
          levels.set(name, { level, last_modified: 1 })
          return [name]
        }
      },
      metrics: null,
      stage: () => null,
      timeoutMs: 90_000,
      herder: () => herder,
      ...changes
    }
  }
}

/** The public routes without a port, closed when the test ends. */
export async function restApp (t: Test, worker: RawConfig = {}, changes: Partial<RestContext> = {}): Promise<{ app: FastifyInstance, herder: MemoryHerder }> {
  const { context, herder } = await restContext(worker, changes)
  const app = await publicApp(context)
  t.teardown(() => app.close())
  return { app, herder }
}
