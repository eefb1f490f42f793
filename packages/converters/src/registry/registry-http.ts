import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { AgentOptions } from 'node:https'
import { ConnectError, retriableError } from '@tributary/plugin'

export interface RegistryHttpOptions {
  /** Tried one after the other. */
  readonly urls: readonly URL[]
  readonly headers: Readonly<Record<string, string>>
  readonly tls: AgentOptions
  readonly timeoutMs: number
}

/** An answer of the registry that is no success. */
function refusal (method: string, path: string, status: number, body: string): ConnectError {
  let text = ''
  try {
    const { message, error_code: code } = JSON.parse(body) as { message?: string, error_code?: number }
    text = `${message ?? ''}${code === undefined ? '' : ` (error code ${code})`}`
  } catch {
    // No JSON: some proxy answered, whose pages help nobody here.
  }
  const sentence = `The schema registry answered ${status} to ${method} ${path}${text === '' ? '.' : `: ${text}`}`
  if (status >= 500 || status === 429) return retriableError(sentence)
  if (status === 401 || status === 403) return new ConnectError('SCHEMA_REGISTRY', 'config', `${sentence} Check basic.auth.credentials.source and basic.auth.user.info.`)
  return new ConnectError('SCHEMA_REGISTRY', 'data', sentence, { javaClass: 'io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException' })
}

/** The REST side of a schema registry. Connections are kept; each call ends within the time-out. */
export class RegistryHttp {
  readonly #options: RegistryHttpOptions
  readonly #http = new HttpAgent({ keepAlive: true })
  readonly #https: HttpsAgent

  constructor (options: RegistryHttpOptions) {
    this.#options = options
    this.#https = new HttpsAgent({ keepAlive: true, ...options.tls })
  }

  /** The JSON of the answer. Throws `transient` where trying again may help, else `data` or `config`. */
  async call (method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
    let last: unknown
    for (const base of this.#options.urls) {
      try {
        return await this.#once(base, method, path, body)
      } catch (error) {
        if (error instanceof ConnectError && error.kind !== 'transient') throw error
        last = error
      }
    }
    if (last instanceof ConnectError) throw last
    throw retriableError(`Cannot reach the schema registry at ${this.#options.urls.map(url => url.origin).join(', ')}.`, { cause: last })
  }

  #once (base: URL, method: string, path: string, body: unknown): Promise<unknown> {
    const url = new URL(base.pathname.replace(/\/$/, '') + path, base.origin)
    const isSecure = url.protocol === 'https:'
    const text = body === undefined ? undefined : JSON.stringify(body)
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const request = (isSecure ? httpsRequest : httpRequest)(url, {
      method,
      agent: isSecure ? this.#https : this.#http,
      signal: AbortSignal.timeout(this.#options.timeoutMs),
      headers: {
        accept: 'application/vnd.schemaregistry.v1+json, application/json',
        ...text === undefined ? {} : { 'content-type': 'application/vnd.schemaregistry.v1+json', 'content-length': Buffer.byteLength(text) },
        ...this.#options.headers
      }
    })
    request.on('error', reject)
    request.on('response', response => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => { parts.push(part) })
      response.on('error', reject)
      response.on('end', () => {
        const answer = Buffer.concat(parts).toString('utf8')
        const status = response.statusCode ?? 0
        if (status < 200 || status > 299) {
          reject(refusal(method, path, status, answer))
          return
        }
        try {
          resolve(JSON.parse(answer))
        } catch (cause) {
          reject(retriableError(`The schema registry answered ${method} ${path} with something other than JSON.`, { cause }))
        }
      })
    })
    request.end(text)
    return promise
  }
}
