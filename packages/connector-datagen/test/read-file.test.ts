import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parseConfig } from '@tributary/plugin'
import { datagen } from '../src/datagen.ts'

async function testFolder (t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'datagen-'))
  t.teardown(() => rm(folder, { recursive: true }))
  return folder
}

async function problemOf (raw: Record<string, string>): Promise<string | undefined> {
  const { value } = parseConfig(datagen.config, { 'kafka.topic': 'a', ...raw })
  return (await datagen.validate!(value, raw))[0]?.message
}

t.test('a file of options is found beside the schema file', async t => {
  const folder = await testFolder(t)
  await writeFile(join(folder, 'cities.json'), '"Basel"\n"Bern"\n')
  await writeFile(join(folder, 'schema.avsc'), '{"type": "record", "name": "r", "fields": [{"name": "c", "type": {"type": "string", "arg.properties": {"options": {"file": "cities.json", "encoding": "json"}}}}]}')
  t.equal(await problemOf({ 'schema.filename': join(folder, 'schema.avsc') }), undefined)
  await rm(join(folder, 'cities.json'))
  t.match(await problemOf({ 'schema.filename': join(folder, 'schema.avsc') }), /^"options" of "c": the file "cities\.json" is not in \S+ or \S+datagen-\S+: give its full path\.$/)
})

t.test('what is no plain file of a bounded size is not read', async t => {
  const folder = await testFolder(t)
  await mkdir(join(folder, 'sub'))
  await writeFile(join(folder, 'large'), '')
  await truncate(join(folder, 'large'), 65 * 1024 * 1024)
  t.match(await problemOf({ 'schema.filename': '/dev/zero' }), /^The schema file "\/dev\/zero" is no plain file\.$/)
  t.match(await problemOf({ 'schema.filename': join(folder, 'sub') }), /is no plain file\.$/)
  t.match(await problemOf({ 'schema.filename': join(folder, 'large') }), /has 68157440 bytes; at most 67108864 are read\.$/)
})

t.test('a message shows nothing of a file that is no schema', async t => {
  const file = join(await testFolder(t), 'secret')
  for (const content of ['root:x:0:0:secret', '{"a": secret}', '"secret" secret', '[1, secret', 'secret', '{"secret']) {
    await writeFile(file, content)
    const problem = await problemOf({ 'schema.filename': file })
    t.match(problem, /^The schema is not JSON: /)
    t.notMatch(problem, /root|secre/)
  }
})
