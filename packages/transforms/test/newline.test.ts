import { sinkRecord } from '@tributary/plugin'
import t from 'tap'
import { newline } from '../src/newline.ts'

const transform = newline.create({}, {})

function valueOf (value: unknown): unknown {
  return transform(sinkRecord({ topic: 't', partition: 0, offset: 1, value }))?.value
}

t.test('bytes and text end with one line feed', async t => {
  t.strictSame(valueOf(Buffer.from('{}')), new Uint8Array([0x7b, 0x7d, 0x0a]))
  t.strictSame(valueOf(new Uint8Array()), new Uint8Array([0x0a]))
  t.equal(valueOf('{}'), '{}\n')
})

t.test('a line feed that is there is not doubled', async t => {
  t.equal(valueOf('{}\n'), '{}\n')
  t.strictSame(valueOf(new Uint8Array([0x0a])), new Uint8Array([0x0a]))
})

t.test('a tombstone passes and a map is refused', async t => {
  t.equal(valueOf(null), null)
  t.throws(() => valueOf({}), { kind: 'data', message: /Newline works on text and bytes, found: java.util.HashMap/ })
})
