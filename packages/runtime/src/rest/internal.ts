import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { RawConfig } from '@tributary/plugin'
import { RestError } from '../herder/rest-error.ts'
import { rawBody } from './bodies.ts'
import type { RestContext } from './context.ts'
import { configBody } from './json.ts'
import { answer } from './requests.ts'
import * as schemas from './schemas.ts'

const { params, query, route } = schemas
const tag = 'Between workers'

interface ConnectorPath { connector: string }

function signatureOf (request: FastifyRequest): { key: string, algorithm: string } | null {
  const key = request.headers['x-connect-authorization']
  const algorithm = request.headers['x-connect-request-signature-algorithm']
  return typeof key === 'string' && typeof algorithm === 'string' ? { key, algorithm } : null
}

/** What workers ask of each other; the herder checks the signature over the body. */
export function internal (app: FastifyInstance, context: RestContext): void {
  app.post<{ Params: ConnectorPath }>('/connectors/:connector/tasks', {
    schema: route('Write the task configurations of a connector', tag, { 204: null }, { params: params.connector, querystring: { forward: query.flag }, body: { type: 'array', items: schemas.config } })
  }, (request, reply) => {
    if (!Array.isArray(request.body)) throw new RestError(400, 'The request body must be the task configurations, as a JSON array.')
    const configs = request.body.map((item: unknown) => configBody(item, 'a task configuration') as RawConfig)
    return answer(context, request, reply, async () => {
      await context.herder().putTaskConfigs(request.params.connector, configs, signatureOf(request), rawBody(request) ?? new Uint8Array())
      return { status: 204 }
    })
  })

  app.put<{ Params: ConnectorPath }>('/connectors/:connector/fence', {
    schema: route('Fence producers of old tasks of a source connector', tag, { 204: null }, { params: params.connector, querystring: { forward: query.flag } })
  }, (request, reply) => answer(context, request, reply, async () => {
    await context.herder().fence(request.params.connector, signatureOf(request))
    return { status: 204 }
  }))
}
