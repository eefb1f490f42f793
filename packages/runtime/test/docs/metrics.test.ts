import t from 'tap'
import { metricsReference } from '../../src/docs/metrics.ts'
import { readPage } from './pages.ts'

t.test('the list of metrics says what the code declares; npm run docs writes it anew', async t => {
  t.ok(metricsReference() === await readPage('docs/metrics.md'), 'docs/metrics.md is up to date; if not: npm run docs')
})
