import { createRequire } from 'node:module'

/**
 * The parts of kafkajs used here: its connection (framing, TLS, SASL, correlation) and the encoders and decoders of its requests. They are not
 * public, so the version of kafkajs is pinned; everything above a single connection is ours.
 */

/** A request of one version: what to send and how to read the answer. */
export interface WireRequest {
  readonly request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    encode (): Promise<WireEncoder> | WireEncoder
    expectResponse? (): boolean
  }
  readonly response: {
    decode (payload: Buffer): unknown
    parse (decoded: unknown): unknown
  }
  readonly requestTimeout?: number | null
  readonly logResponseError?: boolean
}

/** A growing buffer of kafkajs. */
export interface WireEncoder { buf: Buffer, offset: number }

interface RequestQueue {
  readonly pending: readonly unknown[]
  scheduleCheckPendingRequests (): void
  destroy (): void
}

/** One socket to one broker. */
export interface WireConnection {
  connectionStatus: string
  readonly requestQueue: RequestQueue
  readonly socket: { destroy (): void } | undefined
  connect (): Promise<unknown>
  authenticate (): Promise<void>
  isConnected (): boolean
  setVersions (versions: ApiVersions): void
  setSupportAuthenticationProtocol (supported: boolean): void
  send (request: WireRequest): Promise<unknown>
  rejectRequests (error: Error): void
}

export type ApiVersions = Readonly<Record<number, { minVersion: number, maxVersion: number }>>

/** SASL settings in the shape of kafkajs. */
export interface WireSasl {
  readonly mechanism: string
  readonly username?: string
  readonly password?: string
  readonly oauthBearerProvider?: () => Promise<{ value: string }>
}

export interface WireSocketOptions { host: string, port: number, onConnect: () => void }

interface ConnectionOptions {
  readonly host: string
  readonly port: number
  readonly clientId: string
  readonly logger: unknown
  readonly sasl: WireSasl | null
  readonly requestTimeout: number
  readonly connectionTimeout: number
  readonly enforceRequestTimeout: boolean
  readonly socketFactory: (options: WireSocketOptions) => unknown
}

interface RequestDefinition {
  readonly versions: readonly string[]
  protocol (options: { version: number }): (args: unknown) => WireRequest
}

const load = createRequire(import.meta.url)
const Connection = load('kafkajs/src/network/connection') as new (options: ConnectionOptions) => WireConnection
const Encoder = load('kafkajs/src/protocol/encoder') as new (size?: number) => WireEncoder
const { requests } = load('kafkajs/src/protocol/requests') as { requests: Readonly<Record<string, RequestDefinition>> }
const apiKeys = load('kafkajs/src/protocol/requests/apiKeys') as Readonly<Record<string, number>>
const { errorCodes } = load('kafkajs/src/protocol/error') as { errorCodes: readonly { type: string, code: number, retriable: boolean, message: string }[] }

/** Kafka's error codes that kafkajs knows. */
export { errorCodes }

const nothing = (): void => {}
const silent = { namespace: () => silent, error: nothing, warn: nothing, info: nothing, debug: nothing }

/** Makes a connection that logs nothing and runs no timers while it is idle. */
export function createConnection (options: Omit<ConnectionOptions, 'logger' | 'enforceRequestTimeout'>): WireConnection {
  const connection = new Connection({ ...options, logger: silent, enforceRequestTimeout: false })
  const queue = connection.requestQueue
  const schedule = queue.scheduleCheckPendingRequests.bind(queue)
  // The original sets a timer of a negative time after every request, which Node warns of.
  queue.scheduleCheckPendingRequests = () => { if (queue.pending.length > 0) schedule() }
  return connection
}

/** An encoder around bytes that are there already. */
export function encoderOf (bytes: Buffer): WireEncoder {
  const encoder = new Encoder(1)
  encoder.buf = bytes
  encoder.offset = bytes.length
  return encoder
}

const keep = (decoded: unknown): unknown => decoded

/**
 * The newest version of a request that both kafkajs and the broker know. The answer comes decoded, with Kafka's error codes in it: the parsers of
 * kafkajs would throw the first error of many away with all that went well.
 */
export function requestFor (api: string, versions: ApiVersions | null, args: unknown): WireRequest {
  const definition = requests[api]
  const key = apiKeys[api]
  if (definition === undefined || key === undefined) throw new Error(`kafkajs has no request ${api}.`)
  const ours = Math.max(...definition.versions.map(Number))
  const theirs = versions?.[key]
  const version = versions === null ? 0 : Math.min(ours, theirs?.maxVersion ?? ours)
  const { request, response, requestTimeout } = definition.protocol({ version })(args)
  return { request, response: { decode: payload => response.decode(payload), parse: keep }, requestTimeout: requestTimeout ?? null, logResponseError: false }
}
