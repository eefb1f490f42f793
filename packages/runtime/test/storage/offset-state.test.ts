import t from 'tap'
import { offsetValue, OffsetState } from '../../src/storage/offset-state.ts'

function apply (state: OffsetState, key: string, value: string | null): void {
  state.apply({ key: Buffer.from(key), value: value === null ? null : Buffer.from(value) })
}

t.test('a partition is found whatever the order of its members, and keeps the bytes of its key', async t => {
  const state = new OffsetState()
  apply(state, '["c",{"b":2,"a":"x"}]', '{"position":10}')
  t.same(state.get('c', { a: 'x', b: 2 }), { position: 10 })
  t.equal(Buffer.from(state.keyOf('c', { a: 'x', b: 2 })).toString(), '["c",{"b":2,"a":"x"}]')
  t.equal(Buffer.from(state.keyOf('d', { a: 1 })).toString(), '["d",{"a":1}]')
})

t.test('integers past 2^53 come back exactly', async t => {
  const state = new OffsetState()
  apply(state, '["c",{"id":9007199254740993}]', '{"lsn":9223372036854775807,"f":1.5}')
  const offset = state.get('c', { id: 9007199254740993n })
  t.same(offset, { lsn: 9223372036854775807n, f: 1.5 })
  t.equal(offsetValue(offset)?.toString(), '{"lsn":9223372036854775807,"f":1.5}')
})

t.test('a tombstone forgets, foreign keys are ignored', async t => {
  const state = new OffsetState()
  apply(state, '["c",{"a":1}]', '{"p":1}')
  apply(state, '["c",{"a":2}]', '{"p":2}')
  apply(state, '["c",{"a":1}]', null)
  apply(state, '"c"', '{"p":3}')
  t.same(state.all('c'), [{ partition: { a: 2 }, offset: { p: 2 } }])
  t.equal(state.get('c', { a: 1 }), null)
})
