import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ConnectError } from '@tributary/plugin'
import { RestError } from '../herder/rest-error.ts'
import type { RestContext } from './context.ts'
import type { RouteTable } from './route-table.ts'

const reasons: Readonly<Record<number, string>> = { 404: 'Not Found', 405: 'Method Not Allowed', 406: 'Not Acceptable', 415: 'Unsupported Media Type' }

/** An error of the router, before any route was chosen: Kafka sends it without a content type. */
export class RouterError extends Error {
  readonly status: 404 | 405 | 406 | 415

  constructor (status: 404 | 405 | 406 | 415) {
    super(`HTTP ${status} ${reasons[status]}`)
    this.status = status
  }
}

function send (reply: FastifyReply, status: number, message: string | null): void {
  void reply.code(status).type('application/json').send({ error_code: status, message })
}

/** Answers with `{ error_code, message }` to whatever goes wrong, and to paths and methods that are none. */
export function errors (app: FastifyInstance, context: RestContext, routes: RouteTable): void {
  app.addHook('onSend', async (_request, reply, payload) => {
    if (reply.hasHeader('x-tributary-untyped')) {
      reply.removeHeader('x-tributary-untyped')
      reply.removeHeader('content-type')
    } else if (reply.getHeader('content-type') === 'application/json; charset=utf-8') {
      // JSON is UTF-8 by definition; Kafka writes the bare type, and some clients compare it.
      reply.header('content-type', 'application/json')
    }
    return payload
  })

  app.setErrorHandler((error: Error & { statusCode?: number, code?: string }, request: FastifyRequest, reply) => {
    if (error instanceof RouterError) {
      reply.header('x-tributary-untyped', '1')
      return send(reply, error.status, error.message)
    }
    if (error instanceof RestError) return send(reply, error.status, error.message)
    if (error instanceof ConnectError && error.kind === 'config') return send(reply, 400, error.message)
    if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return send(reply, 413, `The request body is larger than rest.request.max.bytes (${context.worker.values['rest.request.max.bytes']} bytes).`)
    if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) return send(reply, error.statusCode, error.message)
    context.log.error({ method: request.method, path: request.url, err: error }, 'A REST request failed.')
    return send(reply, 500, error.message)
  })

  app.setNotFoundHandler((request, reply) => {
    const methods = routes.methodsOf(request.url)
    if (methods.length > 0 && request.method === 'OPTIONS') {
      void reply.code(200).header('allow', methods.join(', ')).type('text/plain').send(methods.join(', '))
      return
    }
    if (methods.length > 0) reply.header('allow', methods.join(', '))
    throw new RouterError(methods.length > 0 ? 405 : 404)
  })
}
