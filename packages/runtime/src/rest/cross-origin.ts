import type { FastifyInstance } from 'fastify'
import { wholeMatch } from '@tributary/plugin'
import type { WorkerConfig } from '../config/worker-config.ts'

function list (text: string): string[] {
  return text.split(',').map(item => item.trim()).filter(item => item !== '')
}

/** Lets pages of the configured origins call REST; preflight requests go on to the routes, as with Kafka. */
export function crossOrigin (app: FastifyInstance, worker: WorkerConfig): void {
  const origins = list(worker.values['access.control.allow.origin'])
  if (origins.length === 0) return
  const patterns = origins.map(origin => wholeMatch(origin === '*' ? '.*' : origin))
  const configured = list(worker.values['access.control.allow.methods'])
  const methods = configured.length === 0 ? ['GET', 'POST', 'HEAD'] : configured
  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers
    if (origin === undefined || !patterns.some(pattern => pattern.test(origin))) return
    reply.headers({ 'access-control-allow-origin': origin, vary: 'Origin' })
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return
    reply.headers({ 'access-control-allow-methods': methods.join(','), 'access-control-allow-headers': 'Content-Type,Authorization', 'access-control-max-age': '60' })
  })
}
