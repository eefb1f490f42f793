import type { S3ClientConfig } from '@aws-sdk/client-s3'
import { ConnectError } from '@tributary/plugin'
import type { Log } from '@tributary/plugin'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { backoffMs } from './backoff.ts'
import type { S3SinkConfig } from './config.ts'
import type { ObjectStore } from './object-store.ts'
import { StoreError } from './object-store.ts'
import { openS3Store } from './s3-store.ts'

/** A request on whose connection nothing moves for this long has failed. */
const silenceMs = 60_000

/** What the AWS clients of this sink share. */
export async function awsClientConfig (config: S3SinkConfig, socketTimeout = silenceMs): Promise<Pick<S3ClientConfig, 'region' | 'requestHandler' | 'maxAttempts'> & { credentials?: NonNullable<S3ClientConfig['credentials']> }> {
  const { NodeHttpHandler } = await import('@smithy/node-http-handler')
  const proxy = proxyOf(config)
  const sockets = { keepAlive: true, maxSockets: config['s3.max.connections'] + 4, ...proxy === null ? {} : { proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } } }
  const credentials = await credentialsOf(config)
  return {
    region: config['s3.region'],
    // Requests are tried again by the store itself, which knows when to stop.
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({ connectionTimeout: 5_000, socketTimeout, httpAgent: new HttpAgent(sockets), httpsAgent: new HttpsAgent(sockets) }),
    ...credentials === null ? {} : { credentials }
  }
}

function proxyOf (config: S3SinkConfig): string | null {
  const address = config['s3.proxy.url']
  if (address === null || address === '') return null
  const url = new URL(address)
  const user = config['s3.proxy.user']
  const password = config['s3.proxy.password']?.value
  if (user !== null && user !== '') url.username = user
  if (password !== undefined && password !== '') url.password = password
  return url.href
}

async function credentialsOf (config: S3SinkConfig): Promise<NonNullable<S3ClientConfig['credentials']> | null> {
  const accessKeyId = config['aws.access.key.id']
  const secretAccessKey = config['aws.secret.access.key'].value
  const own = accessKeyId === '' ? null : { accessKeyId, secretAccessKey }
  const role = config['s3.credentials.provider.sts.role.arn']
  if (role === null) return own
  const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers')
  const externalId = config['s3.credentials.provider.sts.role.external.id']
  return fromTemporaryCredentials({
    clientConfig: { region: config['s3.region'] },
    params: {
      RoleArn: role,
      RoleSessionName: config['s3.credentials.provider.sts.role.session.name'],
      ...externalId === null ? {} : { ExternalId: externalId }
    },
    ...own === null ? {} : { masterCredentials: own }
  })
}

/** How long a start waits for a store that does not answer; a wrong address should be told, and no outage fail a task. */
const startPatienceMs = 600_000

/** Opens the bucket of a configuration and waits for it where it does not answer. Throws `config` with one sentence when it is missing or refuses us. */
export async function waitForBucket (config: S3SinkConfig, giveUp: AbortSignal, log: Log): Promise<ObjectStore> {
  const end = Date.now() + startPatienceMs
  for (let attempt = 1; ; attempt++) {
    try {
      return await openBucket(config, giveUp)
    } catch (error) {
      if (!(error instanceof ConnectError) || error.kind !== 'transient' || giveUp.aborted || Date.now() > end) throw error
      log.warn({ attempt, error: error.message }, 'The bucket cannot be reached for now; trying again.')
      await sleep(backoffMs(config['retry.backoff.ms'], attempt - 1), undefined, { signal: giveUp })
    }
  }
}

/** Opens the bucket of a configuration. Throws `config` with one sentence when it is missing or refuses us, `transient` when it does not answer. */
export async function openBucket (config: S3SinkConfig, giveUp: AbortSignal, socketTimeout = silenceMs): Promise<ObjectStore> {
  const endpoint = config['store.url']
  const checksums = config['s3.send.digest']
  const whenAsked = checksums ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED'
  const store = await openS3Store({
    bucket: config['s3.bucket.name'],
    client: {
      ...await awsClientConfig(config, socketTimeout),
      forcePathStyle: config['s3.path.style.access.enabled'] && !config['s3.wan.mode'],
      useAccelerateEndpoint: config['s3.wan.mode'],
      expectContinueHeader: config['s3.http.send.expect.continue'],
      requestChecksumCalculation: whenAsked,
      responseChecksumValidation: whenAsked,
      ...endpoint === null || endpoint === '' ? {} : { endpoint }
    },
    attempts: config['s3.part.retries'] + 1,
    backoffMs: config['s3.retry.backoff.ms'],
    serverSideEncryption: config['s3.ssea.name'] === '' ? null : config['s3.ssea.name'],
    // As with Confluent's sink, the key counts only where it is asked for.
    kmsKeyId: config['s3.ssea.name'] !== 'aws:kms' || config['s3.sse.kms.key.id'] === '' ? null : config['s3.sse.kms.key.id'],
    customerKey: config['s3.sse.customer.key']?.value ?? null,
    acl: config['s3.acl.canned'] === '' ? null : config['s3.acl.canned'],
    checksums,
    giveUp
  })
  try {
    await store.check()
  } catch (error) {
    store.close()
    throw startError(config, error)
  }
  return store
}

function startError (config: S3SinkConfig, error: unknown): unknown {
  if (!(error instanceof StoreError)) return error
  // Without a user and password that someone has put into the address.
  const where = `bucket ${config['s3.bucket.name']} in ${config['store.url']?.replace(/\/\/.*@/, '//') ?? config['s3.region']}`
  if (error.kind === 'transient') return new ConnectError('S3_UNREACHABLE', 'transient', `Cannot reach ${where}. ${error.message}`, { cause: error })
  return new ConnectError('S3_BUCKET', 'config', `Cannot use ${where}: ${error.message} Check s3.bucket.name, s3.region, store.url and the credentials.`, { cause: error })
}
