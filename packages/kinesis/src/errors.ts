import { ConnectError } from '@tributary/plugin'

interface Failure { readonly name: string, readonly message: string, readonly code: string, readonly status: number }

const permissionDenied = new Set(['AccessDeniedException', 'AccessDenied', 'UnauthorizedOperation', 'NotAuthorized', 'KMSAccessDeniedException'])
const badCredentials = new Set(['UnrecognizedClientException', 'InvalidSignatureException', 'SignatureDoesNotMatch', 'InvalidClientTokenId', 'IncompleteSignature', 'MissingAuthenticationToken', 'MissingAuthenticationTokenException', 'CredentialsProviderError', 'OptInRequired', 'NotAuthorizedException'])
const retried = new Set(['ProvisionedThroughputExceededException', 'LimitExceededException', 'ThrottlingException', 'Throttling', 'RequestLimitExceeded', 'RequestThrottledException', 'TooManyRequestsException', 'KMSThrottlingException', 'InternalFailure', 'InternalServerError', 'InternalFailureException', 'ServiceUnavailable', 'ExpiredTokenException', 'ExpiredToken', 'RequestExpired', 'RequestTimeTooSkewed', 'TimeoutError', 'AbortError', 'ItemCollectionSizeLimitExceededException', 'TransactionConflictException', 'ResourceInUseException'])
const unknownHost = new Set(['ENOTFOUND', 'EAI_NONAME'])
const malformedAnswer = 'SyntaxError'

function textOf (value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function failureOf (error: unknown): Failure {
  const e = error as { name?: unknown, message?: unknown, code?: unknown, $metadata?: { httpStatusCode?: unknown }, $response?: { statusCode?: unknown } } | null
  const status = e?.$metadata?.httpStatusCode ?? e?.$response?.statusCode
  return { name: textOf(e?.name), message: textOf(e?.message), code: textOf(e?.code), status: typeof status === 'number' ? status : 0 }
}

/**
 * What went wrong with a whole call to Kinesis, DynamoDB or STS, as a ConnectError. `what` says what was tried, in words that follow
 * "Cannot". Kinds: `config` where the user must change a setting, a stream or a permission; `transient` where a later try may succeed
 * (throttling, 5xx, a cut connection, a time-out); `system` for what is left. The status counts as well as the name, since some servers
 * answer errors without a body that the SDK can read.
 */
export function kinesisError (error: unknown, what: string): ConnectError {
  if (error instanceof ConnectError) return error
  const { name, message, code, status } = failureOf(error)
  const options = { cause: error }
  if (name === 'ResourceNotFoundException') {
    return new ConnectError('KINESIS_NOT_FOUND', 'config', `Cannot ${what}: it does not exist in this region and account. Create it, or correct the name, region or endpoint.`, options)
  }
  if (permissionDenied.has(name)) return new ConnectError('KINESIS_ACCESS_DENIED', 'config', `Cannot ${what}: access denied (${message}). Allow it in the IAM policy.`, options)
  if (badCredentials.has(name)) return new ConnectError('KINESIS_CREDENTIALS', 'config', `Cannot ${what}: the credentials are not accepted (${name}: ${message}). Check the credentials and the region they are for.`, options)
  if (unknownHost.has(code)) return new ConnectError('KINESIS_UNKNOWN_HOST', 'config', `Cannot ${what}: the endpoint's host name is not known (${message}). Check the region and the endpoint.`, options)
  if (message.includes('Region is missing')) return new ConnectError('KINESIS_REGION_MISSING', 'config', `Cannot ${what}: no region is set. Set the key "region", or AWS_REGION.`, options)
  if (retried.has(name) || status >= 500 || status === 429 || status === 408 || isNetwork(code, name)) {
    return new ConnectError('KINESIS_UNAVAILABLE', 'transient', `Cannot ${what} now (${name}${code === '' ? '' : ` ${code}`}: ${message}). It can be tried again.`, { ...options })
  }
  if (status >= 400) return new ConnectError('KINESIS_REFUSED', 'config', `Cannot ${what}: refused (${name}: ${message}).`, options)
  return new ConnectError('KINESIS', 'system', `Cannot ${what}: ${name}: ${message}`, options)
}

function isNetwork (code: string, name: string): boolean {
  return name === malformedAnswer || /^E(CONN|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NETDOWN|AI_AGAIN|PROTO)|^UND_ERR|^ERR_(STREAM|HTTP2|SOCKET)|^HPE_/.test(code) || name === 'NetworkingError'
}
