import t from 'tap'
import { insertHeader } from '../src/insert-header.ts'
import { apply } from './apply.ts'

t.test('the header is added with the type its text has', async t => {
  const before = [{ key: 'h', schema: null, value: 0 }]
  const result = apply(insertHeader, { header: 'h', 'value.literal': '7' }, { headers: before })
  t.match(result?.headers, [{ key: 'h', value: 0 }, { key: 'h', schema: { type: 'int8' }, value: 7 }])
  t.match(apply(insertHeader, { header: 'h', 'value.literal': 'x y' }, {})?.headers, [{ schema: { type: 'string' }, value: 'x y' }])
})
