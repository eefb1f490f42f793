import type { Agent as HttpAgent } from 'node:http'
import type { KinesisClient } from '@aws-sdk/client-kinesis'
import type { fromTemporaryCredentials } from '@aws-sdk/credential-providers'
import type { NodeHttpHandler } from '@smithy/node-http-handler'
import { endpointUrl, type Connection } from './connection.ts'

type Credentials = ReturnType<typeof fromTemporaryCredentials>

/** What every AWS client of ours is made with. HTTP/1.1 with kept connections: local stand-ins and proxies do not all speak HTTP/2. */
export interface ClientOptions {
  region?: string
  endpoint?: string
  credentials?: Credentials
  requestHandler: NodeHttpHandler
  maxAttempts: 1
}

/** Client settings from a connection. Our own loops retry, so the SDK does not: it would hide throttling from the backoff of a shard. */
export async function clientOptions (connection: Connection): Promise<ClientOptions> {
  const [{ NodeHttpHandler }, http, https] = await Promise.all([import('@smithy/node-http-handler'), import('node:http'), import('node:https')])
  const agentOptions = { keepAlive: true, maxSockets: connection.maxConnections }
  const httpAgent: HttpAgent = new http.Agent(agentOptions)
  const options: ClientOptions = {
    requestHandler: new NodeHttpHandler({ httpAgent, httpsAgent: new https.Agent(agentOptions), connectionTimeout: connection.connectTimeoutMs }),
    maxAttempts: 1
  }
  if (connection.region !== null) options.region = connection.region
  if (connection.endpoint !== null && connection.endpoint !== '') options.endpoint = endpointUrl(connection.endpoint).href
  if (connection.roleArn !== null) options.credentials = await roleCredentials(connection)
  return options
}

async function roleCredentials (connection: Connection): Promise<Credentials> {
  const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers')
  return fromTemporaryCredentials({
    params: {
      RoleArn: connection.roleArn ?? '',
      RoleSessionName: connection.roleSessionName,
      DurationSeconds: connection.roleDurationSeconds,
      ...connection.roleExternalId === null ? {} : { ExternalId: connection.roleExternalId.value }
    },
    clientConfig: {
      ...connection.region === null ? {} : { region: connection.region },
      ...connection.stsEndpoint === null ? {} : { endpoint: endpointUrl(connection.stsEndpoint).href }
    }
  })
}

/** A Kinesis client; the SDK is loaded here, not at import. */
export async function kinesisClient (connection: Connection): Promise<KinesisClient> {
  const [{ KinesisClient }, options] = await Promise.all([import('@aws-sdk/client-kinesis'), clientOptions(connection)])
  return new KinesisClient(options)
}
