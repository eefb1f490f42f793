import t from 'tap'
import { dropHeaders } from '../src/drop-headers.ts'
import { apply } from './apply.ts'

t.test('all headers of a name go, the others stay in order', async t => {
  const headers = ['a', 'b', 'a', 'c'].map((key, value) => ({ key, schema: null, value }))
  t.strictSame(apply(dropHeaders, { headers: 'a,x' }, { headers })?.headers, [headers[1], headers[3]])
})
