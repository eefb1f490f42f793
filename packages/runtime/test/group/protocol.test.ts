import t from 'tap'
import { noWork, readAssignment, readMetadata, writeAssignment, writeMetadata } from '../../src/group/protocol.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const url = `000b${Buffer.from('http://h:1/').toString('hex')}`
const offset5 = '0000000000000005'

t.test('metadata has the bytes that Java workers write', async t => {
  t.equal(hex(writeMetadata({ version: 0, url: 'http://h:1/', configOffset: 5, current: null })), `0000${url}${offset5}`)
  t.equal(hex(writeMetadata({ version: 2, url: 'http://h:1/', configOffset: 5, current: null })), `0002${url}${offset5}ffffffff`)
})

t.test('a sessioned assignment has the bytes that Java workers write', async t => {
  const assigned = { connectors: ['c'], tasks: [{ connector: 'c', task: 0 }, { connector: 'c', task: 1 }] }
  const bytes = writeAssignment({ version: 2, error: 0, leader: 'L', leaderUrl: 'http://h:1/', configOffset: 5, assigned, revoked: noWork, delayMs: 0 })
  t.equal(hex(bytes), `0002000000014c${url}${offset5}00000001000163` + '00000003ffffffff0000000000000001' + '00000000' + '00000000')
  t.same(readAssignment(bytes), { version: 2, error: 0, leader: 'L', leaderUrl: 'http://h:1/', configOffset: 5, assigned, revoked: noWork, delayMs: 0 })
})

t.test('metadata carries the whole current work of a worker', async t => {
  const current = { connectors: ['a', 'b'], tasks: [{ connector: 'b', task: 7 }] }
  const read = readMetadata(writeMetadata({ version: 1, url: 'http://h:1/', configOffset: 9, current }))
  t.same(read, { version: 1, url: 'http://h:1/', configOffset: 9, current })
})

t.test('fields that a writer left out are read as empty', async t => {
  const bytes = Buffer.from(`0001000000014c${url}${offset5}`, 'hex')
  t.match(readAssignment(bytes), { assigned: noWork, revoked: noWork, delayMs: 0 })
  t.match(readAssignment(Buffer.from(`0001000000014c${url}${offset5}ffffffffffffffff`, 'hex')), { assigned: noWork, revoked: noWork, delayMs: 0 })
})
