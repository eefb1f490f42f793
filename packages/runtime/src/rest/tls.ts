import { readFile } from 'node:fs/promises'
import type { SecureContextOptions } from 'node:tls'
import { configError } from '@tributary/plugin'
import { withPrefix } from '../config/worker-config.ts'
import type { WorkerConfig } from '../config/worker-config.ts'

/** Options of node's TLS servers and clients. */
export interface TlsSettings extends SecureContextOptions {
  requestCert?: boolean
  rejectUnauthorized?: boolean
  /** Left out: the host name is checked. */
  checkServerIdentity?: () => undefined
}

/** The `ssl.*` settings under a prefix if there are any, else the worker's own: all or nothing, as Kafka does. */
function sslOf (worker: WorkerConfig, prefix: string): Readonly<Record<string, string>> {
  const own = withPrefix(worker.raw, prefix)
  return Object.keys(own).some(key => key.startsWith('ssl.')) ? own : worker.raw
}

async function file (ssl: Readonly<Record<string, string>>, key: string): Promise<Buffer | undefined> {
  const path = ssl[key]?.trim()
  if (path === undefined || path === '') return undefined
  try {
    return await readFile(path)
  } catch (cause) {
    throw configError(`Cannot read ${path}, the file of ${key}: ${(cause as Error).message}`, { cause })
  }
}

function storeType (ssl: Readonly<Record<string, string>>, key: string): string {
  const type = (ssl[key] ?? 'JKS').trim().toUpperCase()
  if (type === 'PEM' || type === 'PKCS12') return type
  throw configError(`${key}=${type} cannot be read here. Use PEM, or PKCS12: "keytool -importkeystore -srckeystore in.jks -destkeystore out.p12 -deststoretype pkcs12" makes one of a JKS file.`)
}

async function identity (ssl: Readonly<Record<string, string>>): Promise<SecureContextOptions> {
  const passphrase = ssl['ssl.key.password'] ?? ssl['ssl.keystore.password']
  const unlock = passphrase === undefined ? {} : { passphrase }
  const key = ssl['ssl.keystore.key']
  const chain = ssl['ssl.keystore.certificate.chain']
  if (key !== undefined && chain !== undefined) return { key, cert: chain, ...unlock }
  const store = await file(ssl, 'ssl.keystore.location')
  if (store === undefined) return {}
  return storeType(ssl, 'ssl.keystore.type') === 'PEM' ? { key: store, cert: store, ...unlock } : { pfx: store, ...ssl['ssl.keystore.password'] === undefined ? unlock : { passphrase: ssl['ssl.keystore.password'] } }
}

async function trust (ssl: Readonly<Record<string, string>>): Promise<SecureContextOptions> {
  const inline = ssl['ssl.truststore.certificates']
  if (inline !== undefined) return { ca: inline }
  const store = await file(ssl, 'ssl.truststore.location')
  if (store === undefined) return {}
  if (storeType(ssl, 'ssl.truststore.type') !== 'PEM') throw configError('A trust store of REST must be PEM: set ssl.truststore.type=PEM and name a file of certificates in ssl.truststore.location.')
  return { ca: store }
}

const versions: Readonly<Record<string, 'TLSv1.2' | 'TLSv1.3'>> = { 'TLSv1.2': 'TLSv1.2', 'TLSv1.3': 'TLSv1.3' }

/** TLS settings for a listener or for requests to other workers, from Kafka's keys. Throws a ConnectError of kind `config`. */
export async function tlsSettings (worker: WorkerConfig, prefix: string, side: 'server' | 'client'): Promise<TlsSettings> {
  const ssl = sslOf(worker, prefix)
  const enabled = (ssl['ssl.enabled.protocols'] ?? 'TLSv1.2,TLSv1.3').split(',').map(name => versions[name.trim()]).filter(version => version !== undefined).toSorted()
  const ciphers = ssl['ssl.cipher.suites']?.trim() ?? ''
  const settings: TlsSettings = {
    ...await identity(ssl), ...await trust(ssl),
    ...enabled.length === 0 ? {} : { minVersion: enabled[0]!, maxVersion: enabled.at(-1)! },
    ...ciphers === '' ? {} : { ciphers: ciphers.split(',').map(name => name.trim()).join(':') }
  }
  if (side === 'client') return (ssl['ssl.endpoint.identification.algorithm'] ?? 'https').trim() === '' ? { ...settings, checkServerIdentity: () => undefined } : settings
  if (settings.key === undefined && settings.pfx === undefined) throw configError('An https listener needs a certificate: set ssl.keystore.location (PEM or PKCS12), or ssl.keystore.key and ssl.keystore.certificate.chain.')
  const clientAuth = (ssl['ssl.client.auth'] ?? 'none').trim().toLowerCase()
  return { ...settings, requestCert: clientAuth !== 'none', rejectUnauthorized: clientAuth === 'required' }
}
