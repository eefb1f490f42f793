import t from 'tap'
import { backoffMs, kinesisError } from '../src/index.ts'

function failure (name: string, status = 400, extra: object = {}): Error {
  return Object.assign(new Error('said the server'), { name, $metadata: { httpStatusCode: status }, ...extra })
}

t.test('what a later try may mend is transient', async t => {
  const errors = [failure('ProvisionedThroughputExceededException'), failure('LimitExceededException'), failure('KMSThrottlingException'), failure('InternalFailure', 500),
    failure('Unknown', 503), failure('SyntaxError', 0), failure('Error', 0, { code: 'ECONNRESET' }), failure('Error', 0, { code: 'ECONNREFUSED' }), failure('TimeoutError', 0), failure('ExpiredTokenException')]
  for (const error of errors) t.equal(kinesisError(error, 'write to stream "s"').kind, 'transient', error.name)
})

t.test('what the user must mend is a configuration error that says what to do', async t => {
  t.match(kinesisError(failure('ResourceNotFoundException'), 'write to stream "s"'), { kind: 'config', message: /^Cannot write to stream "s": it does not exist in this region and account\. Create it, or correct the name, region or endpoint\.$/ })
  t.match(kinesisError(failure('AccessDeniedException'), 'write to stream "s"'), { kind: 'config', message: /access denied \(said the server\)\. Allow it in the IAM policy\.$/ })
  t.match(kinesisError(failure('UnrecognizedClientException'), 'x'), { kind: 'config', message: /credentials are not accepted/ })
  t.match(kinesisError(failure('CredentialsProviderError', 0), 'x'), { kind: 'config', message: /credentials are not accepted/ })
  t.match(kinesisError(Object.assign(new Error('Region is missing'), {}), 'x'), { kind: 'config', message: /Set the key "region", or AWS_REGION/ })
  t.match(kinesisError(failure('Error', 0, { code: 'ENOTFOUND' }), 'x'), { kind: 'config', message: /Check the region and the endpoint/ })
})

t.test('waits double up to their limit, and half of each is random', async t => {
  for (let attempt = 1; attempt < 100; attempt++) {
    const full = Math.min(5000, 50 * 2 ** (attempt - 1))
    const ms = backoffMs(attempt)
    t.ok(ms >= full / 2 && ms <= full)
  }
})
