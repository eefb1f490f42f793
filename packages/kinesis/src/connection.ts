import { t } from '@tributary/plugin'
import type { ConfigKey, Password } from '@tributary/plugin'

/** How to reach AWS. Absent parts are found as every AWS tool does: environment, profile, web identity, container, instance. */
export interface Connection {
  readonly region: string | null
  /** Host, host:port or URL; null or empty: AWS's own endpoint of the region (`.amazonaws.com.cn` in China). */
  readonly endpoint: string | null
  readonly stsEndpoint: string | null
  readonly roleArn: string | null
  readonly roleSessionName: string
  readonly roleExternalId: Password | null
  readonly roleDurationSeconds: number
  readonly connectTimeoutMs: number
  /** Connections kept open, and requests at once. */
  readonly maxConnections: number
}

/** A URL from a host, host:port or URL; a bare host means HTTPS, as in the KPL's `KinesisEndpoint`. Throws what `URL` throws. */
export function endpointUrl (endpoint: string): URL {
  return new URL(/^https?:\/\//i.test(endpoint) ? endpoint : `https://${endpoint}`)
}

/** For `check` of a key that holds an endpoint. */
export function checkEndpoint (value: string, key: string): string | null {
  if (value === '') return null
  try {
    endpointUrl(value)
    return null
  } catch {
    return `${key} must be a host such as kinesis.us-east-1.amazonaws.com, or a URL such as http://127.0.0.1:4566.`
  }
}

/** A key for an endpoint. */
export function endpointKey (description: string): ConfigKey<string | null> {
  return t.string({ description, default: null, importance: 'MEDIUM', check: checkEndpoint, allowed: 'host, host:port or URL' })
}
