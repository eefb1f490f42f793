import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { RawConfig } from '@tributary/plugin'
import { trimJava } from '@tributary/plugin'
import { scalarText, targetStateOf } from '../config/connector-file.ts'
import { maskSecrets } from '../config/mask-secrets.ts'
import type { ConnectorInfo } from '../herder/herder.ts'
import { RestError } from '../herder/rest-error.ts'
import type { RestContext } from './context.ts'
import { RouterError } from './errors.ts'
import { configBody, objectBody } from './json.ts'
import type { Answer } from './requests.ts'
import { answer } from './requests.ts'
import * as schemas from './schemas.ts'

const { params, query, route } = schemas
const tag = 'Connectors'

interface ConnectorPath { connector: string }
interface TaskPath extends ConnectorPath { task: string }

/** The first value of a query parameter, as JAX-RS takes it. */
function queryText (request: FastifyRequest, name: string): string | undefined {
  const value = (request.query as Record<string, string | string[] | undefined>)[name]
  return Array.isArray(value) ? value[0] : value
}

/** Whether a query parameter is `true`; anything else is false, as in Java. */
export function queryFlag (request: FastifyRequest, name: string, byDefault = false): boolean {
  const text = queryText(request, name)
  return text === undefined ? byDefault : text.toLowerCase() === 'true'
}

function withName (config: Readonly<Record<string, string | null>>, name: string): RawConfig {
  const included = config['name']
  if (included != null && included !== name) throw new RestError(400, `Connector name configuration (${included}) doesn't match connector name in the URL (${name})`)
  return { ...config, name } as RawConfig
}

const known = new Set(['name', 'config', 'initial_state'])

function creation (body: unknown): { name: string, config: RawConfig, initialState: ReturnType<typeof targetStateOf> } {
  const request = objectBody(body, 'the connector to create')
  const unknown = Object.keys(request).find(key => !known.has(key))
  if (unknown !== undefined) throw new RestError(400, `Unrecognized field "${unknown}" in the request. It may hold "name", "config" and "initial_state".`)
  const { name: given = null, config, initial_state: state = null } = request
  if (given !== null && scalarText(given) === null) throw new RestError(400, 'The "name" of the connector must be text.')
  const name = trimJava(scalarText(given) ?? '')
  const initialState = state === null ? undefined : targetStateOf(scalarText(state) ?? '')
  if (state !== null && initialState === undefined) throw new RestError(400, `Unknown initial_state "${scalarText(state) ?? ''}". Use RUNNING, PAUSED or STOPPED.`)
  return { name, config: withName(configBody(config ?? {}, 'the configuration of the connector'), name), initialState }
}

function taskNumber (text: string): number {
  // As Java: a path with anything else than a number is no path of ours.
  if (!/^-?\d{1,10}$/.test(text)) throw new RouterError(404)
  return Number(text)
}

/** Connectors and their tasks: list, create, read, change, delete, restart, pause, resume, stop. */
export function connectors (app: FastifyInstance, context: RestContext): void {
  const shown = async (info: ConnectorInfo): Promise<ConnectorInfo> => context.worker.values['rest.password.mask'] ? { ...info, config: await maskSecrets(info.config, context.plugins) } : info
  const expansions: Readonly<Record<string, (name: string) => Promise<object>>> = {
    status: name => context.herder().connectorStatus(name),
    info: async name => await shown(await context.herder().connectorInfo(name))
  }

  async function expanded (names: readonly string[], wanted: readonly string[]): Promise<Record<string, Record<string, object>>> {
    const all: Record<string, Record<string, object>> = {}
    for (const name of names) {
      try {
        const parts: Record<string, object> = {}
        for (const part of wanted) if (Object.hasOwn(expansions, part)) parts[part] = await expansions[part]!(name)
        all[name] = parts
      } catch (error) {
        // Deleted meanwhile, or without a status yet: left out, as Kafka does.
        if (!(error instanceof RestError) || error.status !== 404) throw error
      }
    }
    return all
  }

  app.get('/connectors', { schema: route('List connectors', tag, { 200: schemas.anything }, { querystring: { expand: query.texts } }) }, (request, reply) => answer(context, request, reply, async () => {
    const { expand } = request.query as { expand?: string | string[] }
    const names = await context.herder().connectors()
    return { status: 200, body: expand === undefined ? names : await expanded(names, [expand].flat()) }
  }))

  app.post('/connectors', { schema: route('Create a connector', tag, { 201: schemas.connectorInfo }, { body: schemas.createRequest }) }, (request, reply) => {
    const { name, config, initialState } = creation(request.body)
    return answer(context, request, reply, async () => {
      const { info } = await context.herder().putConnector(name, config, { initialState, allowReplace: false })
      return { status: 201, body: await shown(info) }
    })
  })

  app.get<{ Params: ConnectorPath }>('/connectors/:connector', { schema: route('Read a connector', tag, { 200: schemas.connectorInfo }, { params: params.connector }) }, (request, reply) => answer(context, request, reply, async () =>
    ({ status: 200, body: await shown(await context.herder().connectorInfo(request.params.connector)) })))

  app.delete<{ Params: ConnectorPath }>('/connectors/:connector', {
    schema: route('Delete a connector; with reset_offsets=true what it has read too', tag, { 204: null }, { params: params.connector, querystring: { reset_offsets: query.flag, forward: query.flag } })
  }, (request, reply) => answer(context, request, reply, async () => {
    await context.herder().deleteConnector(request.params.connector, { resetOffsets: queryFlag(request, 'reset_offsets') })
    return { status: 204 }
  }))

  app.get<{ Params: ConnectorPath }>('/connectors/:connector/config', { schema: route('Read the configuration of a connector', tag, { 200: schemas.config }, { params: params.connector }) }, (request, reply) => answer(context, request, reply, async () =>
    ({ status: 200, body: (await shown(await context.herder().connectorInfo(request.params.connector))).config })))

  app.put<{ Params: ConnectorPath }>('/connectors/:connector/config', {
    schema: route('Create a connector, or replace its configuration', tag, { 200: schemas.connectorInfo, 201: schemas.connectorInfo }, { params: params.connector, querystring: { forward: query.flag }, body: schemas.config })
  }, (request, reply) => {
    const { connector } = request.params
    const config = withName(configBody(request.body, 'the configuration of the connector'), connector)
    return answer(context, request, reply, async () => {
      const { created, info } = await context.herder().putConnector(connector, config, { allowReplace: true })
      return { status: created ? 201 : 200, body: await shown(info) }
    })
  })

  app.patch<{ Params: ConnectorPath }>('/connectors/:connector/config', {
    schema: route('Change some keys of a configuration; null removes a key', tag, { 200: schemas.connectorInfo }, { params: params.connector, querystring: { forward: query.flag }, body: schemas.config })
  }, (request, reply) => {
    const patch = configBody(request.body, 'the keys to change')
    return answer(context, request, reply, async () => ({ status: 200, body: await shown(await context.herder().patchConnector(request.params.connector, patch)) }))
  })

  app.get<{ Params: ConnectorPath }>('/connectors/:connector/status', { schema: route('Read the states of a connector and its tasks', tag, { 200: schemas.connectorStatus }, { params: params.connector }) }, (request, reply) => answer(context, request, reply, async () =>
    ({ status: 200, body: await context.herder().connectorStatus(request.params.connector) })))

  app.post<{ Params: ConnectorPath }>('/connectors/:connector/restart', {
    schema: route('Restart a connector, with its tasks or only what failed', tag, { 202: schemas.connectorStatus, 204: null }, { params: params.connector, querystring: { includeTasks: query.flag, onlyFailed: query.flag, forward: query.flag } })
  }, (request, reply) => answer(context, request, reply, async () => {
    const status = await context.herder().restartConnector(request.params.connector, { includeTasks: queryFlag(request, 'includeTasks'), onlyFailed: queryFlag(request, 'onlyFailed') })
    return status === null ? { status: 204 } : { status: 202, body: status }
  }))

  const act = (path: string, summary: string, status: 202 | 204, run: (name: string) => Promise<void>): void => {
    app.put<{ Params: ConnectorPath }>(`/connectors/:connector/${path}`, { schema: route(summary, tag, { [status]: null }, { params: params.connector }) }, (request, reply) => answer(context, request, reply, async (): Promise<Answer> => {
      await run(request.params.connector)
      return { status }
    }))
  }
  act('pause', 'Pause a connector and its tasks', 202, name => context.herder().pauseConnector(name))
  act('resume', 'Resume a paused or stopped connector', 202, name => context.herder().resumeConnector(name))
  act('stop', 'Stop a connector, so that its offsets can be changed', 204, name => context.herder().stopConnector(name))

  app.get<{ Params: ConnectorPath }>('/connectors/:connector/tasks', { schema: route('List the tasks of a connector with their configurations', tag, { 200: schemas.taskInfos }, { params: params.connector }) }, (request, reply) => answer(context, request, reply, async () => {
    const tasks = await context.herder().tasks(request.params.connector)
    const isMasked = context.worker.values['rest.password.mask']
    return { status: 200, body: isMasked ? await Promise.all(tasks.map(async task => ({ ...task, config: await maskSecrets(task.config, context.plugins) }))) : tasks }
  }))

  app.get<{ Params: TaskPath }>('/connectors/:connector/tasks/:task/status', { schema: route('Read the state of a task', tag, { 200: schemas.taskStatus }, { params: params.task }) }, (request, reply) => {
    const task = taskNumber(request.params.task)
    return answer(context, request, reply, async () => ({ status: 200, body: await context.herder().taskStatus(request.params.connector, task) }))
  })

  app.post<{ Params: TaskPath }>('/connectors/:connector/tasks/:task/restart', { schema: route('Restart a task', tag, { 204: null }, { params: params.task, querystring: { forward: query.flag } }) }, (request, reply) => {
    const task = taskNumber(request.params.task)
    return answer(context, request, reply, async () => {
      await context.herder().restartTask(request.params.connector, task)
      return { status: 204 }
    })
  })
}
