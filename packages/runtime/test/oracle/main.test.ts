import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const main = fileURLToPath(new URL('../../src/oracle/main.ts', import.meta.url))

function answers (cases: readonly object[]): Map<string, unknown> {
  const { stdout, status, stderr } = spawnSync(process.execPath, ['--conditions=@tributary/source', main], { input: cases.map(one => JSON.stringify(one)).join('\n'), encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return new Map(stdout.split('\n').filter(line => line !== '').map(line => JSON.parse(line) as { id: string, actual: unknown }).map(({ id, actual }) => [id, actual]))
}

t.test('each case gets its answer, one line each', async t => {
  const given = answers([
    { id: 'p', kind: 'properties', text: 'a=1\\\\\nb = 2' },
    { id: 'd', kind: 'configdef', defs: [{ name: 'k', type: 'STRING', validator: { in: ['a', 'b'] } }], props: {} },
    { id: 'n', kind: 'configdef', defs: [{ name: 'k', type: 'DOUBLE', default: null, validator: { atLeast: 0.5 } }], props: {} },
    { id: 'w', kind: 'workerconfig', mode: 'standalone', config: { 'bootstrap.servers': 'a:1' }, show: [] },
    { id: 'o', kind: 'overridepolicy', class: 'None', policyConfig: {}, clientConfig: { acks: '1' } },
    { id: 'u', kind: 'nonsense' }
  ])
  const configException = 'org.apache.kafka.common.config.ConfigException'
  const missing = 'Missing required configuration "k" which has no default value.'
  t.same(given.get('p'), { properties: { a: '1\\', b: '2' } })
  t.same(given.get('d'), {
    parseError: { phase: 'parse', class: configException, message: missing },
    validate: [{ name: 'k', value: null, errors: [missing, 'Invalid value null for configuration k: String must be one of: a, b'], visible: true }]
  })
  t.same(given.get('n'), { error: { phase: 'define', class: configException, message: 'Invalid value null for configuration k: Value must be non-null' } })
  t.same(given.get('w'), { error: { phase: 'config', class: configException, message: 'Missing required configuration "key.converter" which has no default value.' } })
  t.same(given.get('o'), { values: [{ name: 'acks', value: '1', errors: ['The \'None\' policy does not allow \'acks\' to be overridden in the connector configuration.'] }] })
  t.match(given.get('u'), { error: { phase: 'kind' } })
})
