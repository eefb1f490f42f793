import { awsEndpoint, kafkaBootstrap } from '@tributary/testing'
import t from 'tap'
import { soakS3 } from './s3-soak.ts'

t.test('orders that jump over three thousand hours, far more than fit into memory, are stored once each, in one object an hour, by a worker that is killed twice', { timeout: 180_000 }, async t => {
  const hours = 365 * 8
  const result = await soakS3({
    bootstrap: kafkaBootstrap(), endpoint: awsEndpoint(), orders: 30_000, hours, partitions: 1, workers: 1, memoryBytes: 4 * 1024 * 1024, kills: 2, betweenMs: [500, 6000], rotateIdleMs: 2000, timeoutMs: 120_000, settleMs: 0
  })
  t.comment(JSON.stringify(result))
  t.match(result, { lost: 0, repeated: 0, misplaced: 0, states: [] })
  t.ok(result.objects <= hours, `${result.objects} objects`)
})
