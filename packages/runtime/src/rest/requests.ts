import type { FastifyReply, FastifyRequest } from 'fastify'
import { setTimeout as sleep } from 'node:timers/promises'
import { RestError } from '../herder/rest-error.ts'
import type { RestContext, Stage } from './context.ts'
import { forward } from './forward.ts'

/** What a route answers: a status and a body, undefined for none. */
export interface Answer { readonly status: number, readonly body?: unknown }

function stageText (stage: Stage | null): string {
  const at = (ms: number): string => new Date(ms).toISOString()
  if (stage === null) return 'Request timed out'
  if (stage.completedMs === null) return `Request timed out. The worker is currently ${stage.description}, which began at ${at(stage.startedMs)}.`
  return `Request timed out. The last operation the worker completed was ${stage.description}, which began at ${at(stage.startedMs)} and completed at ${at(stage.completedMs)}.`
}

/** Waits for a request, but not for ever: then a RestError 500 tells what the worker does meanwhile. */
export async function within<T> (context: RestContext, run: () => Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new RestError(500, stageText(context.stage()))), context.timeoutMs)
  try {
    return await Promise.race([run(), late])
  } finally {
    clearTimeout(timer)
  }
}

/** Tries again what only a rebalance forbids, for `rest.conflict.wait.ms`. */
async function patiently<T> (context: RestContext, run: () => Promise<T>): Promise<T> {
  const until = Date.now() + context.worker.values['rest.conflict.wait.ms']
  for (;;) {
    try {
      return await run()
    } catch (error) {
      const isMomentary = error instanceof RestError && error.status === 409 && /momentarily/.test(error.message)
      if (!isMomentary || Date.now() >= until) throw error
      await sleep(Math.min(250, Math.max(1, until - Date.now())))
    }
  }
}

function forwardFlag (request: FastifyRequest): boolean | null {
  const { forward: flag } = request.query as { forward?: string | string[] }
  const text = Array.isArray(flag) ? flag[0] : flag
  return text === undefined ? null : text === 'true'
}

/** Where a client finds what it created. */
function locationOf (request: FastifyRequest, name: string): string {
  return `${request.protocol}://${request.host}/connectors/${encodeURIComponent(name).replaceAll('%2F', '/')}`
}

/**
 * Runs a request here or, when the herder says that another worker must, there: at most two hops, as Kafka does. Sends the answer, a 201
 * with the new connector's address.
 */
export async function answer (context: RestContext, request: FastifyRequest, reply: FastifyReply, run: () => Promise<Answer>): Promise<FastifyReply> {
  const { status, body } = await patiently(context, () => hereOrThere(context, request, run))
  if (status === 201) reply.header('location', locationOf(request, (body as { name: string }).name))
  reply.code(status)
  return body === undefined ? reply.send() : reply.type('application/json').send(body)
}

async function hereOrThere (context: RestContext, request: FastifyRequest, run: () => Promise<Answer>): Promise<Answer> {
  try {
    return await within(context, run)
  } catch (error) {
    if (!(error instanceof RestError) || error.forwardTo === undefined) throw error
    const flag = forwardFlag(request)
    if (flag === false) throw new RestError(409, 'Cannot complete request because of a conflicting operation (e.g. worker rebalance)')
    if (error.forwardTo === '') throw new RestError(409, 'Cannot complete request momentarily due to no known leader URL, likely because a rebalance was underway.')
    return await forward(context, request, error.forwardTo, flag === null)
  }
}
