import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fastify } from 'fastify'
import t from 'tap'
import type { Test } from 'tap'
import { basicAuth, passwordFile } from '../../src/rest/basic-auth.ts'

function jaas (file: string): string {
  return `// users\nKafkaConnect {\n  org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule required\n  file="${file}";\n};\n`
}

async function guarded (t: Test, users: string) {
  const folder = mkdtempSync(join(tmpdir(), 'basic-auth-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'users'), users)
  writeFileSync(join(folder, 'jaas.conf'), jaas(join(folder, 'users')))
  const app = fastify()
  t.teardown(() => app.close())
  await basicAuth(app, { KAFKA_OPTS: `-Dx=y -Djava.security.auth.login.config=${join(folder, 'jaas.conf')}` })
  app.all('/*', async () => 'in')
  return app
}

const basic = (credentials: string): Record<string, string> => ({ authorization: `Basic ${Buffer.from(credentials).toString('base64')}` })

t.test('a user with the right password is let in, others are not', async t => {
  const app = await guarded(t, 'ann=secret:with=signs\n')
  t.equal((await app.inject({ url: '/connectors', headers: basic('ann:secret:with=signs') })).statusCode, 200)
  for (const headers of [{}, basic('ann:wrong'), basic('bob:secret:with=signs'), basic('ann'), { authorization: 'Bearer x' }]) {
    const answer = await app.inject({ url: '/connectors', headers })
    t.same([answer.statusCode, answer.body], [401, 'User cannot access the resource.'])
  }
})

t.test('requests between workers are signed and need no password', async t => {
  const app = await guarded(t, 'ann=secret\n')
  t.equal((await app.inject({ method: 'POST', url: '/connectors/a/tasks' })).statusCode, 200)
  t.equal((await app.inject({ method: 'PUT', url: '/connectors/a/fence?forward=false' })).statusCode, 200)
  t.equal((await app.inject({ method: 'GET', url: '/connectors/a/tasks' })).statusCode, 401)
})

t.test('a file without users is refused, since Java would let everybody in', async t => {
  await t.rejects(guarded(t, '# nobody\n'), { message: /names no user/ })
})

t.test('a JAAS file without the entry, or with another module, is refused', async t => {
  t.equal(passwordFile(jaas('/etc/users'), 'f'), '/etc/users')
  t.throws(() => passwordFile('Other { };', 'f'), { message: 'f has no entry KafkaConnect { ... }.' })
  t.throws(() => passwordFile('KafkaConnect { com.example.Ldap required; };', 'f'), { message: /must use org\.apache\.kafka/ })
})

t.test('without a JAAS file the message says where to name one', async t => {
  await t.rejects(basicAuth(fastify(), {}), { message: /KAFKA_OPTS/ })
})
