import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, kafkaClassPath, startKafka, uniqueName, until, type LocalKafka } from '@tributary/testing'
import t from 'tap'
import type { ClientSettings } from '../../src/kafka/index.ts'
import { kafka } from './helpers.ts'

let broker: LocalKafka
let folder = ''
let ports = { sasl: 0, tls: 0, both: 0 }
let certificate = ''

const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule'
const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule'

t.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kafka-'))
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'key.pem', '-out', 'cert.pem', '-days', '1', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'], { cwd: folder, stdio: 'ignore' })
  certificate = await readFile(join(folder, 'cert.pem'), 'utf8')
  const oneLine = (text: string): string => text.trim().replaceAll('\n', '\\n')
  const port = await freePort()
  ports = { sasl: await freePort(), tls: await freePort(), both: await freePort() }
  const controller = await freePort()
  broker = await startKafka({
    folder: join(folder, 'cluster'),
    port,
    settings: {
      'controller.quorum.voters': `1@127.0.0.1:${controller}`,
      listeners: `PLAINTEXT://127.0.0.1:${port},LOGIN://127.0.0.1:${ports.sasl},TLS://127.0.0.1:${ports.tls},BOTH://127.0.0.1:${ports.both},CONTROLLER://127.0.0.1:${controller}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},LOGIN://127.0.0.1:${ports.sasl},TLS://localhost:${ports.tls},BOTH://localhost:${ports.both}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,LOGIN:SASL_PLAINTEXT,TLS:SSL,BOTH:SASL_SSL',
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
      'listener.name.login.plain.sasl.jaas.config': `${plain} required user_alice="alice-secret";`,
      'listener.name.both.plain.sasl.jaas.config': `${plain} required user_alice="alice-secret";`,
      'listener.name.login.scram-sha-256.sasl.jaas.config': `${scram} required;`,
      'listener.name.login.scram-sha-512.sasl.jaas.config': `${scram} required;`,
      'listener.name.both.scram-sha-256.sasl.jaas.config': `${scram} required;`,
      'listener.name.both.scram-sha-512.sasl.jaas.config': `${scram} required;`,
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.certificate.chain': oneLine(certificate),
      'ssl.keystore.key': oneLine(await readFile(join(folder, 'key.pem'), 'utf8'))
    }
  })
  for (const [user, mechanism] of [['bob', 'SCRAM-SHA-256'], ['carol', 'SCRAM-SHA-512']] as const) {
    execFileSync('java', ['-XX:TieredStopAtLevel=1', '-cp', kafkaClassPath(), 'kafka.admin.ConfigCommand', '--bootstrap-server', broker.bootstrap, '--alter', '--entity-type', 'users', '--entity-name', user, '--add-config', `${mechanism}=[password=${user}-secret]`], { stdio: 'pipe' })
  }
})

t.teardown(async () => {
  await Promise.all(broker.brokers.map(one => one.kill()))
  await rm(folder, { recursive: true })
})

function login (mechanism: string, user: string, password: string): ClientSettings {
  return { 'sasl.mechanism': mechanism, 'sasl.jaas.config': `${mechanism === 'PLAIN' ? plain : scram} required username="${user}" password="${password}";` }
}

async function clusterIdBy (settings: ClientSettings): Promise<string> {
  const admin = await kafka.admin(settings)
  try {
    // The second connection goes to the address that the broker advertises.
    await admin.create({ name: uniqueName('secured'), partitions: 1, replicationFactor: 1, configs: {} })
    return await admin.clusterId()
  } finally {
    await admin.close()
  }
}

for (const [mechanism, user] of [['PLAIN', 'alice'], ['SCRAM-SHA-256', 'bob'], ['SCRAM-SHA-512', 'carol']] as const) {
  t.test(`${mechanism} lets the right password in and says what is wrong with another`, async t => {
    const settings = { 'bootstrap.servers': `127.0.0.1:${ports.sasl}`, 'security.protocol': 'SASL_PLAINTEXT' }
    t.ok(await until('the user is known', () => clusterIdBy({ ...settings, ...login(mechanism, user, `${user}-secret`) })))
    await t.rejects(clusterIdBy({ ...settings, ...login(mechanism, user, 'wrong-secret') }), { kind: 'config', message: /^(?!.*wrong-secret).*refused the login \(sasl\.jaas\.config/ })
  })
}

t.test('TLS works with the right certificate, and a stranger\'s is refused', async t => {
  const settings = { 'bootstrap.servers': `localhost:${ports.tls}`, 'security.protocol': 'SSL' }
  t.ok(await clusterIdBy({ ...settings, 'ssl.truststore.type': 'PEM', 'ssl.truststore.certificates': certificate }))
  await t.rejects(clusterIdBy(settings), { kind: 'config', message: /do not trust each other \(ssl\.truststore/ })
})

t.test('the name of the host is checked, unless that is switched off', async t => {
  const settings = { 'bootstrap.servers': `127.0.0.1:${ports.tls}`, 'security.protocol': 'SSL', 'ssl.truststore.type': 'PEM', 'ssl.truststore.certificates': certificate }
  await t.rejects(clusterIdBy(settings), { kind: 'config', message: /127\.0\.0\.1/ })
  t.ok(await clusterIdBy({ ...settings, 'ssl.endpoint.identification.algorithm': '' }))
})

t.test('login and TLS go together', async t => {
  t.ok(await clusterIdBy({ 'bootstrap.servers': `localhost:${ports.both}`, 'security.protocol': 'SASL_SSL', 'ssl.truststore.type': 'PEM', 'ssl.truststore.certificates': certificate, ...login('SCRAM-SHA-512', 'carol', 'carol-secret') }))
})

t.test('a client without login or TLS is told what the broker may expect', async t => {
  await t.rejects(clusterIdBy({ 'bootstrap.servers': `127.0.0.1:${ports.sasl}` }), { kind: 'transient', message: /security\.protocol/ })
  await t.rejects(clusterIdBy({ 'bootstrap.servers': `127.0.0.1:${ports.tls}`, 'request.timeout.ms': '2000' }), { kind: 'transient', message: /Cannot reach Kafka/ })
})

// The broker keeps the process busy, so the end has to be told.
t.end()
