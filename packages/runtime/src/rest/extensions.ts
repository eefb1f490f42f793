import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { FastifyInstance } from 'fastify'
import type { RawConfig } from '@tributary/plugin'
import { configError } from '@tributary/plugin'
import type { Herder } from '../herder/herder.ts'
import { basicAuth } from './basic-auth.ts'
import type { RestContext } from './context.ts'

/** What an extension may look at; it changes nothing. */
export interface ClusterView extends Pick<Herder, 'connectors' | 'connectorInfo' | 'connectorStatus' | 'taskStatus' | 'serverInfo'> {}

/** What an extension is given besides the server. */
export interface RestExtensionOptions {
  /** The worker's configuration. */
  readonly config: RawConfig
  readonly cluster: ClusterView
}

/**
 * An extension of REST: adds hooks and routes to the server before Kafka Connect's own. The default export of a module that
 * `rest.extension.classes` names by package or by path.
 */
export type RestExtension = (app: FastifyInstance, options: RestExtensionOptions) => void | Promise<void>

const basicAuthName = /^(?:org\.apache\.kafka\.connect\.rest\.basic\.auth\.extension\.)?BasicAuthSecurityRestExtension$/

function viewOf (context: RestContext): ClusterView {
  return {
    connectors: () => context.herder().connectors(),
    connectorInfo: name => context.herder().connectorInfo(name),
    connectorStatus: name => context.herder().connectorStatus(name),
    taskStatus: (name, task) => context.herder().taskStatus(name, task),
    serverInfo: () => context.herder().serverInfo()
  }
}

async function load (name: string): Promise<RestExtension> {
  let module: { default?: unknown }
  try {
    const url = /^[./]/.test(name) ? pathToFileURL(resolve(name)).href : pathToFileURL(createRequire(resolve('package.json')).resolve(name)).href
    module = await import(url) as { default?: unknown }
  } catch (cause) {
    throw configError(`Cannot load the REST extension "${name}" of rest.extension.classes: ${(cause as Error).message.split('\n')[0]}. Use BasicAuthSecurityRestExtension, a package name, or the path of a module.`, { cause })
  }
  if (typeof module.default !== 'function') throw configError(`The REST extension "${name}" has no function as its default export.`)
  return module.default as RestExtension
}

/** Adds the extensions that the worker names, in their order. */
export async function extensions (app: FastifyInstance, context: RestContext): Promise<void> {
  for (const name of context.worker.values['rest.extension.classes']) {
    if (basicAuthName.test(name)) await basicAuth(app)
    else await (await load(name))(app, { config: context.worker.raw, cluster: viewOf(context) })
  }
}
