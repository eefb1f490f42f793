import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { IncomingMessage } from 'node:http'
import { RouterError } from './errors.ts'
import { parseJson } from './json.ts'

const received = new WeakMap<IncomingMessage, Buffer>()

/** The bytes of a request's body, as signatures cover them; null: none. */
export function rawBody (request: FastifyRequest): Buffer | null {
  return received.get(request.raw) ?? null
}

/** Takes JSON bodies and no others. An empty one is undefined, for routes to refuse if they need it. */
export function bodies (app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const bytes = body as Buffer
    if (bytes.length === 0) {
      done(null, undefined)
      return
    }
    received.set(request.raw, bytes)
    try {
      done(null, parseJson(bytes.toString('utf8')))
    } catch (error) {
      done(error as Error)
    }
  })
  app.addContentTypeParser('*', (_request, payload, done) => {
    // What is left unread would be taken for the next request of the connection.
    payload.resume()
    done(new RouterError(415))
  })
}
