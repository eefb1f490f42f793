import { awsEndpoint, kafkaBootstrap } from '@tributary/testing'
import t from 'tap'
import { outageFaults, runOutages } from './s3-outage.ts'

t.test('an S3 that fails in every way for twelve seconds costs no record, doubles none, and fails no task', { timeout: 180_000 }, async t => {
  const result = await runOutages({
    bootstrap: kafkaBootstrap(), endpoint: awsEndpoint(), perSecond: 400, betweenMs: 500,
    outages: [{ name: 'all', ms: 12_000, fault: outageFaults['all of them in turn']!(), kills: false }],
    connector: { 's3.part.retries': '1', 's3.retry.backoff.ms': '50', 'retry.backoff.ms': '100' }
  })
  t.comment(JSON.stringify(result))
  t.ok(result.faults > 10, `${result.faults} faults`)
  t.ok(result.retries > 3, `${result.retries} retries`)
  t.match(result, { found: result.sent, missing: 0, twice: 0, states: [] })
})
