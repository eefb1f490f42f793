import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { configError } from '@tributary/plugin'
import type { WireSasl } from './kafkajs-parts.ts'
import type { ClientSettings } from './port.ts'

const protocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const
const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const

/** How to secure a connection: TLS options or null, SASL or null. */
export interface Security { readonly tls: ConnectionOptions | null, readonly sasl: WireSasl | null }

/** Reads `security.protocol`, `ssl.*` and `sasl.*`. Secrets never appear in the errors it throws. */
export function securityOf (settings: ClientSettings): Security {
  const protocol = (settings['security.protocol'] ?? 'PLAINTEXT').trim().toUpperCase()
  if (!protocols.some(known => known === protocol)) throw configError(`Invalid value ${protocol} for configuration security.protocol: must be one of ${protocols.join(', ')}.`)
  return {
    tls: protocol.endsWith('SSL') ? tlsOf(settings) : null,
    sasl: protocol.startsWith('SASL') ? saslOf(settings) : null
  }
}

function saslOf (settings: ClientSettings): WireSasl {
  const mechanism = (settings['sasl.mechanism'] ?? 'GSSAPI').trim().toUpperCase()
  if (!mechanisms.some(known => known === mechanism)) throw configError(`sasl.mechanism ${mechanism} is not supported: use one of ${mechanisms.join(', ')}.`)
  const options = jaasOptions(settings['sasl.jaas.config'] ?? '')
  if (mechanism === 'OAUTHBEARER') {
    const token = options.get('token')
    if (token === undefined) throw configError('sasl.mechanism OAUTHBEARER needs a token="..." option in sasl.jaas.config; fetching tokens from an endpoint is not supported.')
    return { mechanism, oauthBearerProvider: async () => ({ value: token }) }
  }
  const username = options.get('username')
  const password = options.get('password')
  if (username === undefined || password === undefined) {
    throw configError(`sasl.mechanism ${mechanism} needs sasl.jaas.config with a user name and a password, such as: org.apache.kafka.common.security.plain.PlainLoginModule required username="alice" password="...";`)
  }
  return { mechanism, username, password }
}

/** Options of the one login module in a JAAS line: `org...PlainLoginModule required username="alice" password="..";`. */
function jaasOptions (line: string): Map<string, string> {
  const options = new Map<string, string>()
  for (const [, key, quoted, bare] of line.matchAll(/([\w.]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/g)) {
    if (key !== undefined) options.set(key, quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '')
  }
  return options
}

function tlsOf (settings: ClientSettings): ConnectionOptions {
  const options: ConnectionOptions = {}
  const trust = storeOf(settings, 'truststore')
  if (trust?.type === 'PEM') options.ca = certificatesIn(trust.pem, 'ssl.truststore')
  if (trust?.type === 'PKCS12') throw configError('ssl.truststore.type PKCS12 is not supported: export the certificates as PEM (openssl pkcs12 -in trust.p12 -nokeys) and set ssl.truststore.type to PEM.')

  const key = storeOf(settings, 'keystore')
  const keyPassword = settings['ssl.key.password']
  if (key?.type === 'PKCS12') {
    options.pfx = key.bytes
    const password = settings['ssl.keystore.password'] ?? keyPassword
    if (password !== undefined) options.passphrase = password
  } else if (key?.type === 'PEM') {
    options.cert = certificatesIn(key.pem, 'ssl.keystore').join('\n')
    options.key = key.pem.match(/-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+-----END [A-Z ]*PRIVATE KEY-----/)?.[0] ?? key.pem
    if (keyPassword !== undefined) options.passphrase = keyPassword
  }

  const enabled = settings['ssl.enabled.protocols']?.split(',').map(name => name.trim())
  if (enabled !== undefined && !enabled.includes('TLSv1.3')) options.maxVersion = 'TLSv1.2'
  // An empty algorithm, as Java has it, checks the chain of certificates and not the name of the host.
  if (settings['ssl.endpoint.identification.algorithm']?.trim() === '') options.checkServerIdentity = () => undefined
  return options
}

type Store = { readonly type: 'PEM', readonly pem: string } | { readonly type: 'PKCS12', readonly bytes: Buffer }

function storeOf (settings: ClientSettings, name: 'truststore' | 'keystore'): Store | null {
  const inline = name === 'truststore'
    ? settings['ssl.truststore.certificates']
    : [settings['ssl.keystore.certificate.chain'], settings['ssl.keystore.key']].filter(part => part !== undefined).join('\n')
  if (inline !== undefined && inline !== '') return { type: 'PEM', pem: withLines(inline) }
  const file = settings[`ssl.${name}.location`]
  if (file === undefined || file === '') return null
  const type = (settings[`ssl.${name}.type`] ?? 'JKS').trim().toUpperCase()
  if (type === 'JKS') throw configError(`ssl.${name}.type JKS is not supported, because only Java reads it: convert ${file} to PEM (keytool -importkeystore -deststoretype PKCS12, then openssl pkcs12 -nodes) and set ssl.${name}.type to PEM.`)
  const bytes = contentOf(file, `ssl.${name}.location`)
  if (type === 'PEM') return { type, pem: bytes.toString('utf8') }
  if (type === 'PKCS12') return { type, bytes }
  throw configError(`Invalid value ${type} for configuration ssl.${name}.type: must be PEM or PKCS12.`)
}

function contentOf (file: string, key: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw configError(`Cannot read ${file} (${key}): ${(error as Error).message}.`, { cause: error })
  }
}

/** A PEM text in one line, as properties files have it, with its line breaks put back. */
function withLines (pem: string): string {
  return pem.replaceAll('\\n', '\n').replace(/(-----BEGIN [A-Z0-9 ]+-----)([^-]+)(-----END [A-Z0-9 ]+-----)/g, (_all, begin: string, body: string, end: string) =>
    body.includes(':') ? `${begin}${body}${end}` : `${begin}\n${body.trim().replace(/\s+/g, '\n')}\n${end}`)
}

function certificatesIn (pem: string, key: string): string[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)
  if (found === null) throw configError(`No certificate in ${key}: expected text with -----BEGIN CERTIFICATE-----.`)
  for (const certificate of found) {
    try {
      new X509Certificate(certificate).toString()
    } catch (error) {
      throw configError(`A certificate in ${key} cannot be read: ${(error as Error).message}.`, { cause: error })
    }
  }
  return found
}
