import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import type { FastifyRequest } from 'fastify'
import { RestError } from '../herder/rest-error.ts'
import { rawBody } from './bodies.ts'
import type { RestContext } from './context.ts'
import { parseJson, printJson } from './json.ts'
import type { Answer } from './requests.ts'
import { tlsSettings } from './tls.ts'

// Only these go along, as with Kafka; a signature covers the body, which stays the same.
const passed = ['authorization', 'x-connect-authorization', 'x-connect-request-signature-algorithm']

/** What a request between workers says. */
export interface WorkerRequest {
  readonly method: string
  /** Null: none. */
  readonly body: string | Uint8Array | null
  readonly headers: Readonly<Record<string, string>>
}

/** Sends a request to another worker, with the TLS settings of this one's listeners; redirects are not followed. Resolves with status and parsed body. */
export async function askWorker (context: Pick<RestContext, 'worker' | 'timeoutMs'>, url: URL, { method, body, headers }: WorkerRequest): Promise<Answer> {
  const isHttps = url.protocol === 'https:'
  const request = (isHttps ? https : http).request(url, {
    method,
    timeout: context.timeoutMs,
    agent: false,
    headers: { accept: 'application/json', 'user-agent': 'kafka-connect', ...body === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }, ...headers },
    ...isHttps ? await tlsSettings(context.worker, 'listeners.https.', 'client') : {}
  })
  request.on('timeout', () => request.destroy(new Error('no answer in time')))
  request.end(body ?? undefined)
  const [response] = await once(request, 'response') as [http.IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString('utf8')
  return text === '' ? { status: response.statusCode! } : { status: response.statusCode!, body: parseJson(text) }
}

/** Repeats a request at another worker. Throws a RestError with that worker's status and message, or 500 when it cannot be reached. */
export async function forward (context: RestContext, request: FastifyRequest, workerUrl: string, mayForward: boolean): Promise<Answer> {
  const url = new URL(request.url, workerUrl)
  url.searchParams.set('forward', String(mayForward))
  const headers = Object.fromEntries(passed.flatMap(name => typeof request.headers[name] === 'string' ? [[name, request.headers[name]]] : []))
  const raw = rawBody(request)
  let answer: Answer
  try {
    answer = await askWorker(context, url, { method: request.method, body: raw ?? (request.body === undefined ? null : printJson(request.body)), headers })
  } catch (cause) {
    throw new RestError(500, `IO Error trying to forward REST request: ${(cause as Error).message}`, { cause })
  }
  if (answer.status < 400) return answer
  const { message } = (answer.body ?? {}) as { message?: string }
  throw new RestError(answer.status, message ?? `The worker at ${workerUrl} answered ${answer.status}`)
}
