import { connect as connectTcp, isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { ConnectError, configError } from '@tributary/plugin'
import { connectionError, reasonOf } from './failure.ts'
import { createConnection, encoderOf, requestFor, type ApiVersions, type WireConnection, type WireRequest, type WireSocketOptions } from './kafkajs-parts.ts'
import type { ConnectionSettings } from './settings.ts'

const keepAliveMs = 60_000

export interface Address { readonly host: string, readonly port: number }

/** One authenticated connection to one broker. Once lost it stays lost; whoever needs the broker opens another. */
export class Link {
  readonly address: Address
  readonly #connection: WireConnection
  readonly #requestTimeoutMs: number
  #versions: ApiVersions | null = null
  #lost: ConnectError | null = null

  private constructor (address: Address, connection: WireConnection, requestTimeoutMs: number) {
    this.address = address
    this.#connection = connection
    this.#requestTimeoutMs = requestTimeoutMs
  }

  /** Connects, learns what the broker can, and authenticates. Errors: `transient` when not reachable, `config` when not let in. */
  static async open (address: Address, settings: ConnectionSettings): Promise<Link> {
    const connection = createConnection({
      host: address.host,
      port: address.port,
      clientId: settings.clientId,
      sasl: settings.sasl === null ? null : { ...settings.sasl },
      requestTimeout: settings.requestTimeoutMs,
      connectionTimeout: settings.connectTimeoutMs,
      socketFactory: socketFactory(settings)
    })
    const link = new Link(address, connection, settings.requestTimeoutMs)
    try {
      await connection.connect()
      const { apiVersions } = await link.call<{ apiVersions: { apiKey: number, minVersion: number, maxVersion: number }[] }>('ApiVersions', {})
      link.#versions = Object.fromEntries(apiVersions.map(({ apiKey, ...range }) => [apiKey, range]))
      connection.setVersions(link.#versions)
      connection.setSupportAuthenticationProtocol(36 in link.#versions)
      await connection.authenticate()
      return link
    } catch (error) {
      const explained = link.#explain(error)
      link.close(explained)
      throw explained
    }
  }

  get isOpen (): boolean { return this.#lost === null && this.#connection.isConnected() }

  get name (): string { return `${this.address.host}:${this.address.port}` }

  /** Sends a request of kafkajs, or one of its kind with a `body` of ours; the answer comes with Kafka's error codes in it. */
  async call<T> (api: string, args: object | readonly string[], options: { timeoutMs?: number, body?: Buffer } = {}): Promise<T> {
    const { body } = options
    const known = requestFor(api, this.#versions, args)
    const wire = body === undefined ? known : { ...known, request: { ...known.request, encode: () => encoderOf(body) } }
    return await this.send(wire, options.timeoutMs) as T
  }

  /** Sends a request; several may be under way, answered in order. One that gets no answer in time takes the connection down, as in Java. */
  async send (request: WireRequest, timeoutMs = Math.max(this.#requestTimeoutMs, request.requestTimeout ?? 0)): Promise<unknown> {
    if (!this.isOpen) throw this.#lost ?? connectionError(this.name, 'the broker closed the connection')
    const timer = setTimeout(() => { this.close(connectionError(this.name, `no answer to ${request.request.apiName} within ${timeoutMs} ms`)) }, timeoutMs)
    try {
      return await this.#connection.send(request)
    } catch (error) {
      throw this.#explain(error)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Ends the connection at once; what is under way is rejected with `reason`. */
  close (reason: ConnectError = connectionError(this.name, 'closed')): void {
    if (this.#lost !== null) return
    this.#lost = reason
    this.#connection.rejectRequests(reason)
    this.#connection.requestQueue.destroy()
    this.#connection.connectionStatus = 'disconnected'
    this.#connection.socket?.destroy()
  }

  #explain (error: unknown): ConnectError {
    if (error instanceof ConnectError) return error
    if (this.#lost !== null) return this.#lost
    const { name, message } = error as Error
    if (name === 'KafkaJSSASLAuthenticationError') {
      return configError(`Kafka at ${this.name} refused the login (sasl.jaas.config, sasl.mechanism): ${message.replace(/\.$/, '')}.`, { cause: error })
    }
    if (name === 'KafkaJSConnectionClosedError') return connectionError(this.name, 'the broker closed the connection. Does it expect another security.protocol, or has it stopped?', { cause: error })
    if (name === 'KafkaJSConnectionError') return this.#isCertificate(error) ?? connectionError(this.name, reasonOf(error), { cause: error })
    return new ConnectError('KAFKA_PROTOCOL', 'system', `Kafka at ${this.name} gave an answer that cannot be read: ${message.replace(/\.$/, '')}.`, { cause: error })
  }

  #isCertificate (error: unknown): ConnectError | null {
    const { code = '', message } = error as { code?: string, message: string }
    if (!/CERT|SELF_SIGNED|ERR_TLS|ERR_SSL|EPROTO/.test(code)) return null
    return configError(`Kafka at ${this.name} and this client do not trust each other (ssl.truststore.*, ssl.keystore.*, security.protocol): ${message.replace('Connection error: ', '').trim()}.`, { cause: error })
  }
}

function socketFactory ({ tls }: ConnectionSettings): (options: WireSocketOptions) => unknown {
  return ({ host, port, onConnect }) => {
    const socket = tls === null
      ? connectTcp({ host, port }, onConnect)
      : connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...tls }, onConnect)
    socket.setKeepAlive(true, keepAliveMs)
    socket.setNoDelay(true)
    return socket
  }
}
