import type { FastifyInstance } from 'fastify'
import { pluginConfig, validateConnectorConfig } from '../config/validate.ts'
import type { RawConfig } from '@tributary/plugin'
import { RestError } from '../herder/rest-error.ts'
import { queryFlag } from './connectors.ts'
import type { RestContext } from './context.ts'
import { configBody } from './json.ts'
import { answer } from './requests.ts'
import * as schemas from './schemas.ts'

const { params, query, route } = schemas
const tag = 'Plugins'

interface PluginPath { plugin: string }

function withoutSuffix (name: string): string {
  return name.length > 'Connector'.length && name.endsWith('Connector') ? name.slice(0, -'Connector'.length) : name
}

/** A Maven range with balanced brackets, a version, or `latest`. */
function isVersion (text: string): boolean {
  const part = '[^\\[\\](),]*'
  return new RegExp(`^(?:${part}|(?:[[(]${part}(?:,${part})?[\\])])(?:,[[(]${part}(?:,${part})?[\\])])*)$`).test(text.trim())
}

/** The plugins of this worker: list, keys, validation of a configuration. */
export function plugins (app: FastifyInstance, context: RestContext): void {
  app.get('/connector-plugins', { schema: route('List plugins', tag, { 200: schemas.pluginInfos }, { querystring: { connectorsOnly: query.flag } }) }, (request, reply) => answer(context, request, reply, async () => {
    const onlyConnectors = queryFlag(request, 'connectorsOnly', true)
    const entries = context.plugins.list().filter(({ type }) => type === 'source' || type === 'sink' || !onlyConnectors)
    return { status: 200, body: entries.map(({ class: name, type, version }) => ({ class: name, type, ...version === null ? {} : { version } })) }
  }))

  app.get<{ Params: PluginPath }>('/connector-plugins/:plugin/config', { schema: route('List the keys of a plugin', tag, { 200: schemas.keyInfos }, { params: params.plugin, querystring: { version: query.text } }) }, (request, reply) => {
    const { version } = request.query as { version?: string }
    if (version !== undefined && !isVersion(version)) throw new RestError(400, `Invalid version specification: ${version}`)
    return answer(context, request, reply, async () => ({ status: 200, body: await pluginConfig(context.plugins, request.params.plugin, version) }))
  })

  app.put<{ Params: PluginPath }>('/connector-plugins/:plugin/config/validate', { schema: route('Validate a connector configuration', tag, { 200: schemas.configInfos }, { params: params.plugin, body: schemas.config }) }, (request, reply) => {
    const config = configBody(request.body, 'the configuration to validate')
    const included = config['connector.class']
    if (included != null && !withoutSuffix(included).endsWith(withoutSuffix(request.params.plugin))) {
      throw new RestError(400, `Included connector type ${included} does not match request type ${request.params.plugin}`)
    }
    return answer(context, request, reply, async () => ({ status: 200, body: await validateConnectorConfig(config as RawConfig, context) }))
  })
}
