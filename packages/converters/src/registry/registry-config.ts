import { readFileSync } from 'node:fs'
import type { AgentOptions } from 'node:https'
import { configError, Password, t } from '@tributary/plugin'
import type { Infer } from '@tributary/plugin'
import type { RegistryHttpOptions } from './registry-http.ts'

const security = { default: null, importance: 'LOW', group: 'Security' } as const

/** Keys of every converter that asks a schema registry; Confluent's names. */
export const registryKeys = {
  'schema.registry.url': t.list({ description: 'Addresses of the schema registry, such as http://registry:8081; tried in this order.', importance: 'HIGH', nonEmpty: true }),
  'auto.register.schemas': t.boolean({ description: 'Whether schemas that the registry does not know are registered. Otherwise they must be there.', default: true }),
  'use.latest.version': t.boolean({ description: 'Whether values are written with the newest schema of the subject. Needs auto.register.schemas=false.', default: false }),
  'use.schema.id': t.int({ description: 'Id of the schema that all values are written with; -1: none.', default: -1, importance: 'LOW' }),
  'normalize.schemas': t.boolean({ description: 'Whether the registry brings schemas into a normal form before it compares them.', default: false }),
  'key.subject.name.strategy': t.class({ description: 'How subjects of keys are named: TopicNameStrategy, RecordNameStrategy or TopicRecordNameStrategy.', default: 'io.confluent.kafka.serializers.subject.TopicNameStrategy' }),
  'value.subject.name.strategy': t.class({ description: 'How subjects of values are named.', default: 'io.confluent.kafka.serializers.subject.TopicNameStrategy' }),
  'schemas.cache.config': t.int({ description: 'How many schemas are remembered.', default: 1000, min: 1, aliases: ['schemas.cache.size'] }),
  'http.read.timeout.ms': t.int({ description: 'Longest wait for an answer of the registry, in milliseconds.', default: 60_000, min: 1, importance: 'LOW' }),
  'basic.auth.credentials.source': t.enum(['URL', 'USER_INFO'], { description: 'Where user and password are: in the address, or in basic.auth.user.info.', default: 'URL', ignoreCase: true }),
  'basic.auth.user.info': t.password({ description: 'User and password, as user:password.', default: null, aliases: ['schema.registry.basic.auth.user.info'] }),
  'bearer.auth.token': t.password({ description: 'A token sent with every request instead of user and password.', ...security }),
  'schema.registry.ssl.truststore.location': t.string({ description: 'File of the certificates to trust: PEM, or PKCS12 with truststore.type=PKCS12.', ...security }),
  'schema.registry.ssl.truststore.password': t.password({ description: 'Password of the trust store.', ...security }),
  'schema.registry.ssl.keystore.location': t.string({ description: 'File of the own certificate and key: PEM, or PKCS12 with keystore.type=PKCS12.', ...security }),
  'schema.registry.ssl.keystore.password': t.password({ description: 'Password of the key store.', ...security }),
  'schema.registry.ssl.keystore.type': t.enum(['PEM', 'PKCS12', 'JKS'], { description: 'Form of the key store. JKS is Java\'s alone and refused.', ...security, default: 'PEM' }),
  'schema.registry.ssl.truststore.type': t.enum(['PEM', 'JKS'], { description: 'Form of the trust store. JKS is Java\'s alone and refused.', ...security, default: 'PEM' }),
  'schema.registry.ssl.endpoint.identification.algorithm': t.string({ description: 'https checks that the certificate is the host\'s; empty: no check.', ...security, default: 'https' })
} as const

export type RegistryConfig = Infer<{ keys: typeof registryKeys }>

function fileOf (path: string, key: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw configError(`Cannot read ${path}, which ${key} names.`, { cause })
  }
}

function tlsOf (config: RegistryConfig): AgentOptions {
  const [keys, trusted] = [config['schema.registry.ssl.keystore.location'], config['schema.registry.ssl.truststore.location']]
  for (const store of ['keystore', 'truststore'] as const) {
    if (config[`schema.registry.ssl.${store}.type`] === 'JKS') throw configError(`schema.registry.ssl.${store}.type=JKS cannot be read here: convert the store to PEM, as in openssl pkcs12 -nodes.`)
  }
  const passphrase = config['schema.registry.ssl.keystore.password']?.value
  const own = keys === null ? null : fileOf(keys, 'schema.registry.ssl.keystore.location')
  return {
    ...own === null ? {} : config['schema.registry.ssl.keystore.type'] === 'PKCS12' ? { pfx: own } : { cert: own, key: own },
    ...passphrase === undefined ? {} : { passphrase },
    ...trusted === null ? {} : { ca: fileOf(trusted, 'schema.registry.ssl.truststore.location') },
    ...config['schema.registry.ssl.endpoint.identification.algorithm'] === '' ? { checkServerIdentity: () => undefined } : {}
  }
}

function headersOf (config: RegistryConfig, urls: readonly URL[]): Record<string, string> {
  const token = config['bearer.auth.token']
  if (token !== null) return { authorization: `Bearer ${token.value}` }
  const { username, password } = urls[0]!
  const fromUrl = username === '' ? null : new Password(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)
  const info = config['basic.auth.credentials.source'] === 'USER_INFO' ? config['basic.auth.user.info'] : fromUrl
  return info === null ? {} : { authorization: `Basic ${Buffer.from(info.value).toString('base64')}` }
}

/** How to reach the registry of a configuration. Throws config errors. */
export function registryHttpOptions (config: RegistryConfig): RegistryHttpOptions {
  const urls = config['schema.registry.url'].map(text => {
    if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) throw configError('Invalid value for configuration schema.registry.url: addresses must start with http:// or https://.')
    return new URL(text)
  })
  return { urls, headers: headersOf(config, urls), tls: tlsOf(config), timeoutMs: config['http.read.timeout.ms'] }
}
