import type { FastifyInstance } from 'fastify'
import { scalarText } from '../config/connector-file.ts'
import { RestError } from '../herder/rest-error.ts'
import { levelOf } from '../log/levels.ts'
import type { RestContext } from './context.ts'
import { objectBody } from './json.ts'
import { answer } from './requests.ts'
import * as schemas from './schemas.ts'

const { params, query, route } = schemas
const tag = 'Loggers'

interface LoggerPath { logger: string }

/** Levels of loggers, of this worker or of all. */
export function loggers (app: FastifyInstance, context: RestContext): void {
  app.get('/admin/loggers', { schema: route('List loggers with their levels', tag, { 200: schemas.loggerLevels }) }, (request, reply) => answer(context, request, reply, async () => ({ status: 200, body: context.logLevels.all() })))

  app.get<{ Params: LoggerPath }>('/admin/loggers/:logger', { schema: route('Read the level of a logger', tag, { 200: schemas.loggerLevel }, { params: params.logger }) }, (request, reply) => answer(context, request, reply, async () => {
    const level = context.logLevels.get(request.params.logger)
    if (level === null) throw new RestError(404, `Logger ${request.params.logger} not found.`)
    return { status: 200, body: level }
  }))

  app.put<{ Params: LoggerPath }>('/admin/loggers/:logger', {
    schema: route('Set the level of a logger and all below it', tag, { 200: schemas.names, 204: null }, { params: params.logger, querystring: { scope: query.text }, body: { type: 'object', properties: { level: query.text }, required: ['level'] } })
  }, (request, reply) => {
    const { level: text } = objectBody(request.body, '{"level": ...}')
    if (text == null) throw new RestError(400, 'Desired \'level\' parameter was not specified in request.')
    const word = scalarText(text) ?? ''
    const level = levelOf(word)
    if (level === null) throw new RestError(404, `invalid log level '${word}'.`)
    const { scope = 'worker' } = request.query as { scope?: string }
    return answer(context, request, reply, async () => {
      if (scope.toLowerCase() !== 'cluster') return { status: 200, body: context.logLevels.set(request.params.logger, level) }
      await context.herder().setClusterLogLevel(request.params.logger, level)
      return { status: 204 }
    })
  })
}
