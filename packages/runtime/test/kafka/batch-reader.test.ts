import type { RawRecord } from '@tributary/plugin'
import t from 'tap'
import { BatchReader } from '../../src/kafka/batch-reader.ts'
import { BatchWriter, type ProducerState } from '../../src/kafka/batch-writer.ts'
import { crc32c } from '../../src/kafka/crc32c.ts'

const checked = { checkCrcs: true, aborted: null }

interface BatchOptions { readonly producer?: ProducerState, readonly transactional?: boolean, readonly control?: 'abort' | 'commit' }

function batchAt (offset: number, values: readonly (string | null)[], { producer, transactional = false, control }: BatchOptions = {}): Buffer {
  const writer = new BatchWriter(64)
  if (control !== undefined) writer.append(Buffer.from([0, 0, 0, control === 'abort' ? 0 : 1]), Buffer.alloc(6), 0, [])
  for (const value of values) writer.append(null, value === null ? null : Buffer.from(value), 1000, [])
  const bytes = writer.finish('none', producer ?? null, transactional)
  bytes.writeBigInt64BE(BigInt(offset), 0)
  if (control !== undefined) {
    bytes.writeInt16BE(0x30, 21)
    bytes.writeUInt32BE(crc32c(bytes, 21), 17)
  }
  return bytes
}

function readAll (reader: BatchReader, max = Infinity): RawRecord[] {
  const records: RawRecord[] = []
  reader.read(max, records)
  return records
}

function texts (records: readonly RawRecord[]): (string | null)[] {
  return records.map(({ value }) => value === null ? null : Buffer.from(value).toString())
}

t.test('a record comes back with key, value, timestamp and headers', async t => {
  const writer = new BatchWriter(64)
  const times = [1_700_000_000_000, 1_700_000_000_001, 0, 4_000_000_000_000, 1_699_999_999_999]
  for (const [i, time] of times.entries()) writer.append(i === 0 ? null : Buffer.from(`key ${i}`), Buffer.alloc(i * 300, 'v'), time, i === 2 ? [{ key: 'größe', value: Buffer.from('1') }, { key: '', value: null }] : [])
  const records = readAll(new BatchReader(writer.finish('none', null, false), 0, checked))
  t.same(records.map(({ timestamp }) => timestamp), times)
  t.same(records.map(({ offset }) => offset), [0, 1, 2, 3, 4])
  t.equal(records[0]?.key, null)
  t.equal(records[4]?.value?.length, 1200)
  t.same(records[2]?.headers, [{ key: 'größe', value: Buffer.from('1') }, { key: '', value: null }])
})

t.test('records are given in portions, the next offset following', async t => {
  const reader = new BatchReader(Buffer.concat([batchAt(10, ['a', 'b', 'c']), batchAt(13, ['d'])]), 10, checked)
  t.same(texts(readAll(reader, 2)), ['a', 'b'])
  t.equal(reader.next, 12)
  t.same(texts(readAll(reader, 10)), ['c', 'd'])
  t.equal(reader.next, 14)
  t.ok(reader.isDone)
})

t.test('records before the offset that was asked for are passed over', async t => {
  const reader = new BatchReader(batchAt(10, ['a', 'b', 'c']), 12, checked)
  t.same(texts(readAll(reader)), ['c'])
})

t.test('a batch that is cut off at the end is left out', async t => {
  const whole = batchAt(0, ['a'])
  const reader = new BatchReader(Buffer.concat([whole, batchAt(1, ['b']).subarray(0, 65)]), 0, checked)
  t.same(texts(readAll(reader)), ['a'])
  t.equal(reader.end, 1)
})

t.test('a damaged batch is refused', async t => {
  const bytes = batchAt(0, ['abc'])
  bytes[bytes.length - 2]! ^= 1
  t.throws(() => readAll(new BatchReader(bytes, 0, checked)), { code: 'CORRUPT_MESSAGE' })
})

t.test('control records are skipped, the position goes past them', async t => {
  const producer = { id: 7n, epoch: 0, sequence: 0 }
  const reader = new BatchReader(Buffer.concat([batchAt(0, ['a'], { producer, transactional: true }), batchAt(1, [], { producer, control: 'commit' })]), 0, checked)
  t.same(texts(readAll(reader, 1)), ['a'])
  t.equal(reader.next, 2)
})

t.test('an aborted transaction is skipped to its marker, the next one of the same producer is not', async t => {
  const one = { id: 7n, epoch: 0, sequence: 0 }
  const other = { id: 8n, epoch: 0, sequence: 0 }
  const bytes = Buffer.concat([
    batchAt(0, ['aborted'], { producer: one, transactional: true }),
    batchAt(1, ['other'], { producer: other, transactional: true }),
    batchAt(2, ['plain']),
    batchAt(3, [], { producer: one, control: 'abort' }),
    batchAt(4, ['again'], { producer: one, transactional: true }),
    batchAt(5, [], { producer: one, control: 'commit' }),
    batchAt(6, [], { producer: other, control: 'commit' })
  ])
  const reader = new BatchReader(bytes, 0, { checkCrcs: true, aborted: [{ producerId: 7n, firstOffset: 0 }] })
  t.same(texts(readAll(reader)), ['other', 'plain', 'again'])
  t.equal(reader.next, 7)
})

t.test('messages of format 1 are read', async t => {
  const value = Buffer.from('old')
  const message = Buffer.alloc(34 + value.length)
  message.writeBigInt64BE(42n, 0)
  message.writeInt32BE(message.length - 12, 8)
  message[16] = 1
  message.writeBigInt64BE(1000n, 18)
  message.writeInt32BE(-1, 26)
  message.writeInt32BE(value.length, 30)
  value.copy(message, 34)
  const reader = new BatchReader(message, 42, checked)
  const [record] = readAll(reader)
  t.match(record, { offset: 42, key: null, timestamp: 1000, timestampType: 'CreateTime' })
  t.equal(String(record?.value), 'old')
  t.equal(reader.next, 43)
})

t.test('a tombstone is null, an empty value is not', async t => {
  const [tombstone, empty] = readAll(new BatchReader(batchAt(0, [null, '']), 0, checked))
  t.equal(tombstone?.value, null)
  t.equal(empty?.value?.length, 0)
})
