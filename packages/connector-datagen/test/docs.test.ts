import { readFile } from 'node:fs/promises'
import t from 'tap'
import { parseConfig } from '@tributary/plugin'
import { datagen } from '../src/datagen.ts'
import { quickstarts } from '../src/quickstarts/index.ts'
import { valuesOf } from './values-of.ts'

const page = await readFile(new URL('../../../docs/datagen.md', import.meta.url), 'utf8')

t.test('every field that docs/datagen.md shows can be made', async t => {
  const blocks = [...page.matchAll(/^```json\n([^]*?)^```/gm)].map(([, block = '']) => block)
  const fields = blocks.flatMap(block => block.trim().split(/\n(?=\{)/)).map(text => JSON.parse(text) as { name: string, type: unknown })
  t.same(fields.map(({ name }) => name), ['city', 'coupon', 'customer', 'ordertime'])
  for (const { name, type } of fields) t.equal(valuesOf(type, 100).length, 100, name)
})

t.test('docs/datagen.md names every key with its default, and every quickstart', async t => {
  const defaults = parseConfig(datagen.config, { 'kafka.topic': 'a' }).value as Record<string, unknown>
  for (const [key, value] of Object.entries(defaults)) {
    const row = page.split('\n').find(line => line.startsWith(`| \`${key}\` |`))
    t.ok(row, key)
    if (typeof value === 'number' || typeof value === 'boolean') t.equal(row?.split('|')[2]?.trim(), String(value), key)
  }
  for (const name of Object.keys(quickstarts)) t.ok(page.includes(`\`${name}\``), name)
})
