import type { FastifyInstance } from 'fastify'
import type { RestContext, Stage } from './context.ts'
import type { WorkerHealth } from '../herder/herder.ts'
import { openApiDocument } from './openapi.ts'
import { answer } from './requests.ts'
import type { RouteTable } from './route-table.ts'
import * as schemas from './schemas.ts'

const { route } = schemas
const tag = 'Worker'
const statuses: Readonly<Record<WorkerHealth['status'], number>> = { healthy: 200, starting: 503, unhealthy: 500 }

function stageText (stage: Stage | null): string {
  if (stage === null) return ''
  const at = (ms: number): string => new Date(ms).toISOString()
  if (stage.completedMs === null) return ` The worker is currently ${stage.description}, which began at ${at(stage.startedMs)}.`
  return ` The last operation the worker completed was ${stage.description}, which began at ${at(stage.startedMs)} and completed at ${at(stage.completedMs)}.`
}

/** The worker itself: what it is, how it is, what it counts. */
export function root (app: FastifyInstance, context: RestContext, routes: RouteTable): void {
  let hasBeenHealthy = false

  /** Health within 10 seconds, as Kafka asks; a herder that does not answer is itself the answer. */
  async function health (): Promise<WorkerHealth> {
    const late = Promise.withResolvers<null>()
    const timer = setTimeout(() => late.resolve(null), Math.min(10_000, context.timeoutMs))
    try {
      const told = await Promise.race([context.herder().health(), late.promise])
      if (told !== null) {
        hasBeenHealthy ||= told.status === 'healthy'
        return told
      }
    } finally {
      clearTimeout(timer)
    }
    const stage = stageText(context.stage())
    return hasBeenHealthy
      ? { status: 'unhealthy', message: `Worker was unable to handle this request and may be unable to handle other requests.${stage}` }
      : { status: 'starting', message: `Worker is still starting up.${stage}` }
  }

  app.get('/', { schema: route('Read version and cluster of the worker', tag, { 200: schemas.serverInfo }) }, (request, reply) => answer(context, request, reply, async () => ({ status: 200, body: context.herder().serverInfo() })))

  app.get('/health', { schema: route('Read whether the worker can do its work', tag, { 200: schemas.health }) }, async (_request, reply) => {
    const body = await health()
    return reply.code(statuses[body.status]).type('application/json').send(body)
  })

  app.get('/openapi.json', { schema: route('Read this description', tag, { 200: schemas.anything }) }, async (_request, reply) => reply.type('application/json').send(await openApiDocument(routes, context.herder().serverInfo().version)))

  const { metrics } = context
  if (metrics !== null) {
    app.get('/metrics', { schema: route('Read metrics in Prometheus\' format', tag, { 200: { type: 'string' } }), config: { anyAccept: true } }, async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()))
  }
}
