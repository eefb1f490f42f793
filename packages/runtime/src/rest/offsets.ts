import type { FastifyInstance } from 'fastify'
import type { ConnectorOffset } from '../herder/herder.ts'
import { RestError } from '../herder/rest-error.ts'
import type { RestContext } from './context.ts'
import { objectBody } from './json.ts'
import { answer } from './requests.ts'
import * as schemas from './schemas.ts'

const { params, query, route } = schemas
const tag = 'Offsets and topics'

interface ConnectorPath { connector: string }

function isObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The offsets of a request, each with `partition` and `offset`; a null partition is left to the herder to refuse in Kafka's words. */
function offsetsOf (body: unknown): ConnectorOffset[] {
  const { offsets, ...rest } = objectBody(body ?? {}, '{"offsets": [...]}')
  const unknown = Object.keys(rest)[0]
  if (unknown !== undefined) throw new RestError(400, `Unrecognized field "${unknown}" in the request. It may hold "offsets" only.`)
  if (offsets == null || (Array.isArray(offsets) && offsets.length === 0)) throw new RestError(400, 'Partitions / offsets need to be provided for an alter offsets request')
  if (!Array.isArray(offsets)) throw new RestError(400, '"offsets" must be an array of {"partition": {...}, "offset": {...}}.')
  return offsets.map((item: unknown, i) => {
    if (!isObject(item)) throw new RestError(400, `"offsets" item ${i} must be an object with "partition" and "offset".`)
    const { partition = null, offset = null } = item
    if (partition !== null && !isObject(partition)) throw new RestError(400, `The "partition" of "offsets" item ${i} must be an object.`)
    if (offset !== null && !isObject(offset)) throw new RestError(400, `The "offset" of "offsets" item ${i} must be an object, or null to reset it.`)
    return { partition, offset } as ConnectorOffset
  })
}

/** What a connector has read, and the topics it uses. */
export function offsets (app: FastifyInstance, context: RestContext): void {
  app.get<{ Params: ConnectorPath }>('/connectors/:connector/offsets', { schema: route('Read the offsets of a connector', tag, { 200: schemas.offsets }, { params: params.connector }) }, (request, reply) => answer(context, request, reply, async () =>
    ({ status: 200, body: { offsets: await context.herder().offsets(request.params.connector) } })))

  app.patch<{ Params: ConnectorPath }>('/connectors/:connector/offsets', {
    schema: route('Change offsets of a stopped connector; null resets one', tag, { 200: schemas.message }, { params: params.connector, querystring: { forward: query.flag }, body: schemas.offsets })
  }, (request, reply) => {
    const changed = offsetsOf(request.body)
    return answer(context, request, reply, async () => ({ status: 200, body: { message: await context.herder().alterOffsets(request.params.connector, changed) } }))
  })

  app.delete<{ Params: ConnectorPath }>('/connectors/:connector/offsets', {
    schema: route('Reset all offsets of a stopped connector', tag, { 200: schemas.message }, { params: params.connector, querystring: { forward: query.flag } })
  }, (request, reply) => answer(context, request, reply, async () => ({ status: 200, body: { message: await context.herder().resetOffsets(request.params.connector) } })))

  app.get<{ Params: ConnectorPath }>('/connectors/:connector/topics', { schema: route('List the topics a connector has used', tag, { 200: schemas.topics }, { params: params.connector }) }, (request, reply) => {
    if (!context.worker.values['topic.tracking.enable']) throw new RestError(403, 'Topic tracking is disabled.')
    return answer(context, request, reply, async () => ({ status: 200, body: { [request.params.connector]: { topics: await context.herder().activeTopics(request.params.connector) } } }))
  })

  app.put<{ Params: ConnectorPath }>('/connectors/:connector/topics/reset', { schema: route('Forget the topics a connector has used', tag, { 202: null }, { params: params.connector }) }, (request, reply) => {
    if (!context.worker.values['topic.tracking.enable']) throw new RestError(403, 'Topic tracking is disabled.')
    if (!context.worker.values['topic.tracking.allow.reset']) throw new RestError(403, 'Topic tracking reset is disabled.')
    return answer(context, request, reply, async () => {
      await context.herder().resetActiveTopics(request.params.connector)
      return { status: 202 }
    })
  })
}
