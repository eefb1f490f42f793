import type { FastifyInstance, FastifyReply } from 'fastify'
import { fastify } from 'fastify'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Herder } from '../herder/herder.ts'
import { headerRules } from '../config/response-headers.ts'
import { bodies } from './bodies.ts'
import { connectors } from './connectors.ts'
import type { RestContext } from './context.ts'
import { crossOrigin } from './cross-origin.ts'
import { errors, RouterError } from './errors.ts'
import { extensions } from './extensions.ts'
import { internal } from './internal.ts'
import { printJson } from './json.ts'
import type { ListenerAddress } from './listeners.ts'
import { advertisedUrl, Listener, listenerAddress } from './listeners.ts'
import { loggers } from './loggers.ts'
import { offsets } from './offsets.ts'
import { plugins } from './plugins.ts'
import { requestLog } from './request-log.ts'
import { root } from './root.ts'
import { RouteTable } from './route-table.ts'

/** What REST is made from; `more` adds routes of other features, such as the web page. */
export interface RestOptions extends Omit<RestContext, 'herder' | 'stage' | 'timeoutMs'> {
  readonly stage?: RestContext['stage']
  /** Milliseconds that a request may take; default: Kafka's 90,000. */
  readonly timeoutMs?: number
  readonly more?: readonly ((app: FastifyInstance, context: RestContext) => void | Promise<void>)[]
}

/** REST of a worker, open. */
export interface Rest {
  /** The URL that other workers and clients reach this one by, with a slash at the end. */
  readonly url: string
  /** `host:port` of it: the worker's id in statuses. */
  readonly workerId: string
  readonly listeners: readonly ListenerAddress[]
  /** Answers from now on; before, paths are not found, as with Kafka. */
  serve (herder: Herder): void
  /** Takes no more requests, and waits for running ones, a minute at most. */
  close (): Promise<void>
}

const acceptsJson = /(?:^|[\s,])(?:\*\/\*|application\/(?:\*|json))\s*(?:[;,]|$)/i

function newApp (context: RestContext, routes: RouteTable): FastifyInstance {
  const app = fastify({
    bodyLimit: context.worker.values['rest.request.max.bytes'],
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 10_000 },
    frameworkErrors: (error, _request, reply) => { void (reply as unknown as FastifyReply).code(400).send({ error_code: 400, message: error.message }) },
    forceCloseConnections: false
  })
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => printJson)
  app.setReplySerializer(printJson)
  app.addHook('onRoute', ({ url, method, schema }) => routes.add(url, method, schema))
  app.addHook('onRequest', async request => {
    const { accept } = request.headers
    const { anyAccept } = request.routeOptions.config as { anyAccept?: boolean }
    if (accept !== undefined && anyAccept !== true && !request.is404 && !acceptsJson.test(accept)) throw new RouterError(406)
  })
  bodies(app)
  errors(app, context, routes)
  requestLog(app, context.log)
  return app
}

function responseHeaders (app: FastifyInstance, text: string): void {
  const rules = headerRules(text)
  if (rules.length === 0) return
  app.addHook('onRequest', async (_request, reply) => {
    for (const { action, isDate, name, value } of rules) {
      const content = isDate ? new Date(Date.now() + Number(value)).toUTCString() : value
      const before = action === 'add' ? reply.getHeader(name) : undefined
      reply.removeHeader(name)
      reply.header(name, before === undefined ? content : [before, content].flat().map(String))
    }
  })
}

/** The server of all public routes, without a port: for tests too. */
export async function publicApp (context: RestContext, more: RestOptions['more'] = []): Promise<FastifyInstance> {
  const routes = new RouteTable()
  const app = newApp(context, routes)
  responseHeaders(app, context.worker.values['response.http.headers.config'])
  crossOrigin(app, context.worker)
  await extensions(app, context)
  root(app, context, routes)
  connectors(app, context)
  offsets(app, context)
  plugins(app, context)
  internal(app, context)
  if (context.worker.values['admin.listeners'] === null) loggers(app, context)
  for (const add of more) await add(app, context)
  await app.ready()
  return app
}

/** The server of the admin routes alone, for listeners of their own. */
export async function adminApp (context: RestContext): Promise<FastifyInstance> {
  const app = newApp(context, new RouteTable())
  responseHeaders(app, context.worker.values['response.http.headers.config'])
  loggers(app, context)
  await app.ready()
  return app
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void

async function openAll (wanted: readonly string[], context: RestContext, sslPrefix: string, app: FastifyInstance): Promise<Listener[]> {
  const open: Listener[] = []
  const handler: Handler = (request, response) => app.routing(request, response)
  try {
    for (const text of wanted) open.push(await Listener.open(listenerAddress(text), context.worker, sslPrefix, handler))
    return open
  } catch (error) {
    await Promise.all(open.map(listener => listener.close(0)))
    throw error
  }
}

/** Opens REST on all listeners of a worker. Throws a ConnectError of kind `config` when one cannot be opened, with none left open. */
export async function startRest (options: RestOptions): Promise<Rest> {
  let herder: Herder | null = null
  const context: RestContext = {
    ...options,
    stage: options.stage ?? (() => null),
    timeoutMs: options.timeoutMs ?? 90_000,
    herder () {
      if (herder === null) throw new RouterError(404)
      return herder
    }
  }
  const { values } = options.worker
  const app = await publicApp(context, options.more)
  const open = await openAll(values.listeners, context, 'listeners.https.', app)
  const admin = values['admin.listeners'] ?? []
  if (admin.length > 0) {
    try {
      open.push(...await openAll(admin, context, 'admin.listeners.https.', await adminApp(context)))
    } catch (error) {
      await Promise.all(open.map(listener => listener.close(0)))
      throw error
    }
  }
  const listeners = open.slice(0, values.listeners.length).map(listener => listener.address)
  const url = await advertisedUrl(options.worker, listeners)
  return {
    url,
    workerId: url.replace(/^\w+:\/\/|\/$/g, ''),
    listeners,
    serve (served) { herder = served },
    async close () {
      await Promise.all(open.map(listener => listener.close(60_000)))
      await app.close()
    }
  }
}
