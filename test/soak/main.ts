import { parseArgs } from 'node:util'
import { startOwnServers } from '@tributary/testing'
import { soakS3 } from './s3-soak.ts'

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '1000000' }, hours: { type: 'string', default: String(365 * 24) }, kills: { type: 'string', default: '10' }, workers: { type: 'string', default: '1,2' },
    memory: { type: 'string', default: '256' }, help: { type: 'boolean' }
  }
})
if (values.help) {
  console.log('npm run check:s3-soak -- [--orders 1000000] [--hours 8760] [--kills 10] [--workers 1,2] [--memory 256]\n\n' +
    'Stores orders whose times jump over so many hours, from three partitions through the S3 sink with buffer.memory=256 MB, while its worker is killed -9 at random;\n' +
    'then the same with two workers that share the partitions. Counts orders and objects, and compares the memory of the workers with the bound and what an idle one has.')
  process.exit(0)
}
// Ends the servers and workers with us.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { process.exit(1) })
const partitions = 3
await using servers = await startOwnServers('soak')
const hours = Number(values.hours)
for (const workers of values.workers.split(',').map(Number)) {
  console.log(workers === 1 ? 'One worker.' : 'Two workers.')
  // A directory has an order every second or so: only the end of the topic is as long a pause as this, so there is one rotation.
  const result = await soakS3({
    bootstrap: servers.bootstrap, endpoint: servers.endpoint, orders: Number(values.orders), hours, partitions, workers: workers === 1 ? 1 : 2, memoryBytes: Number(values.memory) * 1024 * 1024,
    kills: Number(values.kills), betweenMs: [4000, 60_000], rotateIdleMs: 20_000, timeoutMs: 900_000, settleMs: 4000, say: sentence => { console.log(sentence) }
  })
  console.log(JSON.stringify(result, null, 2))
  const isRight = result.lost === 0 && result.repeated === 0 && result.misplaced === 0 && result.objects <= hours * partitions && result.peakMb <= result.boundMb && !result.states.some(state => state.startsWith('FAILED'))
  console.log(isRight ? `Every order is there once, in at most one object an hour and partition, and memory stayed within ${result.boundMb} MB.` : 'Not as it should be.')
  if (!isRight) process.exitCode = 1
}
