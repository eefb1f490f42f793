import { parseArgs } from 'node:util'
import { startOwnServers } from '@tributary/testing'
import { outageFaults, runOutages } from './s3-outage.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' }, rate: { type: 'string', default: '1000' }, only: { type: 'string', default: '' }, help: { type: 'boolean' } } })
if (values.help) {
  console.log('npm run check:s3-outage -- [--seconds 60] [--rate 1000] [--only 500]\n\nStores orders through the S3 sink while S3 fails for so long in each way, with a kill -9 of the worker in the middle of each, and counts them.')
  process.exit(0)
}
await using servers = await startOwnServers('outages')
const result = await runOutages({
  bootstrap: servers.bootstrap, endpoint: servers.endpoint, perSecond: Number(values.rate), betweenMs: 15_000, say: sentence => { console.log(sentence) },
  outages: Object.entries(outageFaults).filter(([name]) => name.includes(values.only)).map(([name, make]) => ({ name, ms: Number(values.seconds) * 1000, fault: make(), kills: true }))
})
console.log(JSON.stringify(result, null, 2))
const isRight = result.missing === 0 && result.twice === 0 && !result.states.some(state => state.startsWith('FAILED'))
console.log(isRight ? 'Every order is there once, and no task failed.' : 'Not as it should be.')
process.exitCode = isRight ? 0 : 1
