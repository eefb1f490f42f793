import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { configError } from '@tributary/plugin'
import { RestError } from '../rest-error.ts'
import type { SessionKey } from '../../storage/config-state.ts'

/** Signature of an internal request, as in its headers (KIP-507). */
export interface Signature {
  /** `X-Connect-Authorization`: base64 of the MAC over the body. */
  readonly key: string
  /** `X-Connect-Request-Signature-Algorithm`: Java's name, such as HmacSHA256. */
  readonly algorithm: string
}

// Java's algorithm names, with Node's digest and the key size in bits that Java generates by default.
const algorithms: Readonly<Record<string, { digest: string, bits: number }>> = {
  hmacmd5: { digest: 'md5', bits: 512 },
  hmacsha1: { digest: 'sha1', bits: 512 },
  hmacsha224: { digest: 'sha224', bits: 224 },
  hmacsha256: { digest: 'sha256', bits: 256 },
  hmacsha384: { digest: 'sha384', bits: 384 },
  hmacsha512: { digest: 'sha512', bits: 512 }
}

function algorithmOf (name: string): { digest: string, bits: number } {
  const found = algorithms[name.toLowerCase()]
  if (found === undefined) throw configError(`The algorithm ${name} is not known. Use one of HmacMD5, HmacSHA1, HmacSHA224, HmacSHA256, HmacSHA384, HmacSHA512.`)
  return found
}

/** A fresh key. `bits` null: the algorithm's usual size. */
export function generateSessionKey (algorithm: string, bits: number | null, now: number): SessionKey {
  return { key: randomBytes(Math.ceil((bits ?? algorithmOf(algorithm).bits) / 8)), algorithm, createdAt: now }
}

/** Whether a key may go on being used: not too old (`ttlMs` 0: never too old), and as the configuration wants it. */
export function isCurrent (key: SessionKey, wanted: { algorithm: string, bits: number | null, ttlMs: number }, now: number): boolean {
  const size = Math.ceil((wanted.bits ?? algorithmOf(wanted.algorithm).bits) / 8)
  return key.algorithm === wanted.algorithm && key.key.length === size && (wanted.ttlMs === 0 || now < key.createdAt + wanted.ttlMs)
}

export function sign (body: Uint8Array, key: SessionKey, algorithm: string): Signature {
  return { key: createHmac(algorithmOf(algorithm).digest, key.key).update(body).digest('base64'), algorithm }
}

/** Throws the RestError that Java answers with, unless the signature is that of a worker of this group. */
export function verify (body: Uint8Array, signature: Signature | null, key: SessionKey | null, allowed: readonly string[]): void {
  if (signature === null) throw new RestError(400, 'Internal request missing required signature')
  if (!allowed.some(one => one.toLowerCase() === signature.algorithm.toLowerCase())) {
    throw new RestError(400, `This worker does not support the '${signature.algorithm}' key signing algorithm used by other workers. This worker is currently configured to use: [${allowed.join(', ')}]. Check that all workers' configuration files permit the same set of signature algorithms, and correct any misconfigured worker and restart it.`)
  }
  if (key === null) throw new RestError(503, 'This worker is still starting up and has not been able to read a session key from the config topic yet')
  const expected = createHmac(algorithmOf(signature.algorithm).digest, key.key).update(body).digest()
  const given = Buffer.from(signature.key, 'base64')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new RestError(403, 'Internal request contained invalid signature.')
}
