import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { securityOf } from '../../src/kafka/security.ts'

interface Pems { readonly folder: string, readonly certificate: string, readonly key: string }

function makePems (t: Test): Pems {
  const folder = t.testdir()
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'key.pem', '-out', 'cert.pem', '-days', '1', '-subj', '/CN=localhost'], { cwd: folder, stdio: 'ignore' })
  return { folder, certificate: readFileSync(join(folder, 'cert.pem'), 'utf8').trim(), key: readFileSync(join(folder, 'key.pem'), 'utf8').trim() }
}

t.test('without security.protocol nothing is secured', async t => {
  t.same(securityOf({}), { tls: null, sasl: null })
  t.throws(() => securityOf({ 'security.protocol': 'TLS' }), { kind: 'config', message: /PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL/ })
})

t.test('user name and password are read from a JAAS line, quotes and all', async t => {
  const jaas = 'org.apache.kafka.common.security.scram.ScramLoginModule required username="alice" password="a\\"b=c;d" ;'
  t.same(securityOf({ 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': 'SCRAM-SHA-512', 'sasl.jaas.config': jaas }).sasl, { mechanism: 'SCRAM-SHA-512', username: 'alice', password: 'a"b=c;d' })
})

t.test('a JAAS line without password is refused, and never shown', async t => {
  const settings = { 'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'PLAIN', 'sasl.jaas.config': 'org.apache.kafka.common.security.plain.PlainLoginModule required user="hidden";' }
  t.throws(() => securityOf(settings), { kind: 'config', message: /^(?!.*hidden).*user name and a password/ })
  t.throws(() => securityOf({ ...settings, 'sasl.mechanism': 'GSSAPI' }), { message: /GSSAPI is not supported: use one of PLAIN/ })
})

t.test('PEM text may stand in one line, as properties files have it', async t => {
  const { certificate, key } = makePems(t)
  const inOneLine = (pem: string): string => pem.replaceAll('\n', ' ')
  const { tls } = securityOf({ 'security.protocol': 'SSL', 'ssl.truststore.type': 'PEM', 'ssl.truststore.certificates': inOneLine(certificate), 'ssl.keystore.type': 'PEM', 'ssl.keystore.certificate.chain': inOneLine(certificate), 'ssl.keystore.key': inOneLine(key) })
  t.same(tls?.ca, [certificate])
  t.equal(tls?.cert, certificate)
  t.equal(tls?.key, key)
})

t.test('PEM files hold certificates, or key and chain together', async t => {
  const { folder, certificate, key } = makePems(t)
  writeFileSync(join(folder, 'both.pem'), `${key}\n${certificate}\n`)
  const { tls } = securityOf({ 'security.protocol': 'SSL', 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': join(folder, 'cert.pem'), 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': join(folder, 'both.pem'), 'ssl.key.password': 'p' })
  t.match(tls, { ca: [certificate], cert: certificate, key, passphrase: 'p' })
})

t.test('a missing or wrong file is named with its key', async t => {
  const folder = t.testdir({ 'wrong.pem': 'hello' })
  const settings = { 'security.protocol': 'SSL', 'ssl.truststore.type': 'PEM' }
  t.throws(() => securityOf({ ...settings, 'ssl.truststore.location': join(folder, 'none.pem') }), { kind: 'config', message: /none\.pem \(ssl\.truststore\.location\)/ })
  t.throws(() => securityOf({ ...settings, 'ssl.truststore.location': join(folder, 'wrong.pem') }), { kind: 'config', message: /No certificate in ssl\.truststore/ })
})

t.test('JKS is refused with what to do', async t => {
  t.throws(() => securityOf({ 'security.protocol': 'SSL', 'ssl.truststore.location': '/etc/trust.jks' }), { kind: 'config', message: /JKS is not supported.*convert \/etc\/trust\.jks to PEM/ })
})

t.test('PKCS12 key stores are passed on', async t => {
  const { folder } = makePems(t)
  execFileSync('openssl', ['pkcs12', '-export', '-inkey', 'key.pem', '-in', 'cert.pem', '-out', 'store.p12', '-passout', 'pass:secret'], { cwd: folder })
  const { tls } = securityOf({ 'security.protocol': 'SSL', 'ssl.keystore.type': 'PKCS12', 'ssl.keystore.location': join(folder, 'store.p12'), 'ssl.keystore.password': 'secret' })
  t.equal(tls?.passphrase, 'secret')
  t.same(tls?.pfx, readFileSync(join(folder, 'store.p12')))
})

t.test('an empty identification algorithm stops checking the name of the host', async t => {
  t.type(securityOf({ 'security.protocol': 'SSL', 'ssl.endpoint.identification.algorithm': '' }).tls?.checkServerIdentity, 'function')
  t.equal(securityOf({ 'security.protocol': 'SSL' }).tls?.checkServerIdentity, undefined)
})
