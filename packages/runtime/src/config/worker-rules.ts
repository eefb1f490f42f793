import { getHashes } from 'node:crypto'
import type { Validator } from '@tributary/plugin'
import { invalidValue } from '@tributary/plugin'
import { headerRuleProblem, splitHeaderRules } from './response-headers.ts'

/** A rule of its own on a key, with Java's messages; null values pass. */
function rule (allowed: string, check: (key: string, value: unknown) => string | null): Validator {
  return { allowed, check: (key, value) => value === null ? null : check(key, value) }
}

const brokerDefault = 'or -1 to use the broker\'s default'

/** Partitions of a topic to be created. */
export const partitionCount = rule(`Positive number, ${brokerDefault}`, (key, value) =>
  value === -1 || (value as number) >= 1 ? null : invalidValue(key, value, `Number of partitions must be positive, ${brokerDefault}`))

/** Replicas of a topic to be created. */
export const replicationFactor = rule(`Positive number not larger than the number of brokers in the Kafka cluster, ${brokerDefault}`, (key, value) =>
  value === -1 || (value as number) >= 1 ? null : invalidValue(key, value, `Replication factor must be positive and not larger than the number of brokers in the Kafka cluster, ${brokerDefault}`))

const example = 'ex: http://localhost:8080,https://localhost:8443.'

/** A list of URLs; whether each is one is found out when it is opened. */
export const listenersRule: Validator = {
  allowed: `List of comma-separated URLs, ${example}`,
  check (_key, value) {
    if (!Array.isArray(value)) return `Invalid value type for listeners (expected list of URLs , ${example.slice(0, -1)}).`
    if (value.length === 0) return `Invalid value for listeners, at least one URL is expected, ${example}`
    return value.some(url => (url as string).trim() === '') ? 'Empty URL found when parsing listeners list.' : null
  }
}

/** The comma separated items of `response.http.headers.config`. */
export const responseHeadersRule = rule(
  'Comma-separated header rules, where each header rule is of the form \'[action] [header name]:[header value]\' and optionally surrounded by double quotes if any part of a header rule contains a comma',
  (_key, value) => splitHeaderRules(value as string).map(headerRuleProblem).find(problem => problem !== null) ?? null)

const protocols = ['eager', 'compatible', 'sessioned']

/** A group protocol, in any case. */
export const connectProtocol = rule(`[${protocols.join(', ')}]`, (key, value) =>
  protocols.includes((value as string).toLowerCase()) ? null : invalidValue(key, value, 'Invalid Connect protocol compatibility'))

/** Node's name of the digest behind Java's name of a MAC algorithm, such as `HmacSHA256`; null: not supported. */
export function digestOf (algorithm: string): string | null {
  const match = /^hmac(md5|sha1|sha(?:224|256|384|512)|sha512\/(?:224|256)|sha3-(?:224|256|384|512))$/i.exec(algorithm)
  if (match === null) return null
  const name = match[1]!.toLowerCase().replace('/', '-')
  return getHashes().some(hash => hash.toLowerCase() === name) ? name : null
}

const macAlgorithms = ['HmacMD5', 'HmacSHA1', 'HmacSHA224', 'HmacSHA256', 'HmacSHA384', 'HmacSHA512', 'HmacSHA512/224', 'HmacSHA512/256', 'HmacSHA3-224', 'HmacSHA3-256', 'HmacSHA3-384', 'HmacSHA3-512']

function unsupported (key: string, algorithm: string): string | null {
  return digestOf(algorithm) !== null ? null : invalidValue(key, algorithm, `the algorithm is not supported by this JVM; the supported algorithms are: [${macAlgorithms.join(', ')}]`)
}

/** An algorithm that keys can be made for. */
export const keyAlgorithm = rule('Any KeyGenerator algorithm supported by the worker JVM', (key, value) => unsupported(key, value as string))

/** An algorithm that can sign. */
export const signatureAlgorithm = rule('Any MAC algorithm supported by the worker JVM', (key, value) => unsupported(key, value as string))

/** Algorithms that can verify. */
export const verificationAlgorithms = rule('A list of one or more MAC algorithms, each supported by the worker JVM', (key, value) => {
  const algorithms = value as readonly string[]
  if (algorithms.length === 0) return invalidValue(key, algorithms, 'At least one signature verification algorithm must be provided')
  return algorithms.map(algorithm => unsupported(key, algorithm)).find(problem => problem !== null) ?? null
})
