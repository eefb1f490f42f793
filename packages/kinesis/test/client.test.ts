import t from 'tap'
import { checkEndpoint, endpointUrl, kinesisClient } from '../src/index.ts'

const none = { region: null, endpoint: null, stsEndpoint: null, roleArn: null, roleSessionName: 'test', roleExternalId: null, roleDurationSeconds: 900, connectTimeoutMs: 1000, maxConnections: 3 }

async function hostOf (region: string): Promise<string> {
  const client = await kinesisClient({ ...none, region })
  const { url } = client.config.endpointProvider({ Region: region, UseDualStack: false, UseFIPS: false })
  client.destroy()
  return url.hostname
}

t.test('regions in China have their own endpoints', async t => {
  t.equal(await hostOf('cn-northwest-1'), 'kinesis.cn-northwest-1.amazonaws.com.cn')
  t.equal(await hostOf('cn-north-1'), 'kinesis.cn-north-1.amazonaws.com.cn')
  t.equal(await hostOf('eu-west-1'), 'kinesis.eu-west-1.amazonaws.com')
})

t.test('an endpoint is a host, a host with port, or a URL', async t => {
  t.equal(endpointUrl('vpce-1.kinesis.us-east-1.vpce.amazonaws.com').href, 'https://vpce-1.kinesis.us-east-1.vpce.amazonaws.com/')
  t.equal(endpointUrl('localhost:4567').href, 'https://localhost:4567/')
  t.equal(endpointUrl('http://127.0.0.1:4566').href, 'http://127.0.0.1:4566/')
  t.equal(checkEndpoint('http://127.0.0.1:4566', 'kinesisEndpoint'), null)
  t.match(checkEndpoint('not a host', 'kinesisEndpoint'), /^kinesisEndpoint must be a host such as/)
})
