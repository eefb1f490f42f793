import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { ConnectError, configError } from '@tributary/plugin'
import type { WorkerConfig } from '../config/worker-config.ts'
import { tlsSettings } from './tls.ts'

/** An address to listen on. */
export interface ListenerAddress { readonly protocol: 'http' | 'https', readonly host: string, readonly port: number }

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void

/** Understands `http://host:port`; no host is the default interface. Throws a ConnectError of kind `config`. */
export function listenerAddress (text: string): ListenerAddress {
  const [, scheme, host, port] = /^(.*):\/\/\[?([0-9a-zA-Z\-%._:]*)\]?:(-?[0-9]+)/.exec(text.trim()) ?? []
  if (scheme === undefined) throw configError(`Listener doesn't have the right format (protocol://hostname:port). Found "${text}" instead of, say, http://host:8083 or https://:8443.`)
  const protocol = scheme.toLowerCase()
  if (protocol !== 'http' && protocol !== 'https') throw configError(`Listener protocol must be either "http" or "https", not "${scheme}" as in "${text}".`)
  if (Number(port) < 0 || Number(port) > 65_535) throw configError(`Listener "${text}" has the port ${port}; ports are 0 to 65535, 0 takes any that is free.`)
  return { protocol, host: host!, port: Number(port) }
}

/** A listener that is open. */
export class Listener {
  readonly address: ListenerAddress
  readonly #server: http.Server | https.Server

  private constructor (address: ListenerAddress, server: http.Server | https.Server) {
    this.address = address
    this.#server = server
  }

  /** Opens a listener; `address.port` of the result is the real one. Throws a ConnectError that names the address and the reason. */
  static async open (wanted: ListenerAddress, worker: WorkerConfig, sslPrefix: string, handler: Handler): Promise<Listener> {
    const server = wanted.protocol === 'http' ? http.createServer(handler) : https.createServer(await tlsSettings(worker, sslPrefix, 'server'), handler)
    // As long as a request may take.
    server.keepAliveTimeout = 90_000
    server.maxConnections = worker.values['rest.connections.max']
    server.listen({ port: wanted.port, ...wanted.host === '' ? {} : { host: wanted.host } })
    try {
      await once(server, 'listening')
    } catch (cause) {
      const reason = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'another program listens there. Set "listeners" to another port' : (cause as Error).message
      throw new ConnectError('REST_LISTEN', 'config', `Cannot listen on ${wanted.protocol}://${wanted.host}:${wanted.port}: ${reason}.`, { cause })
    }
    return new Listener({ ...wanted, port: (server.address() as AddressInfo).port }, server)
  }

  /** Takes no more connections, and waits for running requests, at most this long. */
  async close (timeoutMs: number): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeIdleConnections()
    const timer = setTimeout(() => this.#server.closeAllConnections(), timeoutMs)
    await closed
    clearTimeout(timer)
  }
}

async function machineAddress (): Promise<string> {
  try {
    return (await lookup(hostname(), { family: 4 })).address
  } catch {
    return hostname()
  }
}

/** The URL that other workers reach this one by, slash at the end; `http` wins where both are open. */
export async function advertisedUrl (worker: WorkerConfig, open: readonly ListenerAddress[]): Promise<string> {
  const { values } = worker
  const wanted = values['rest.advertised.listener']?.trim().toLowerCase() ?? ''
  const protocol = wanted === '' ? (open.some(listener => listener.protocol === 'http') ? 'http' : 'https') : wanted
  const listener = open.find(one => one.protocol === protocol)
  if (listener === undefined && (wanted !== 'http' && wanted !== 'https')) throw configError(`rest.advertised.listener must be http or https, not "${wanted}".`)
  const bound = listener?.host ?? ''
  const given = values['rest.advertised.host.name'] ?? ''
  const host = given === '' ? (bound === '' || bound === '0.0.0.0' || bound === '::' ? await machineAddress() : bound) : given
  const port = values['rest.advertised.port'] ?? listener?.port
  if (port === undefined) throw configError(`rest.advertised.listener is ${protocol}, but no listener of "listeners" is ${protocol}. Add one, or set rest.advertised.port.`)
  return `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}/`
}
