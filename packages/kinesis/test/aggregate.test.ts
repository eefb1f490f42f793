import { readFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import t from 'tap'
import { Aggregate, deaggregate, hashKeyOf, type UserRecord } from '../src/index.ts'

interface Vector {
  id: string
  aggregated: boolean
  outerPartitionKey: string
  data: string
  userRecords: { partitionKey: string, explicitHashKey: string | null, data: string }[]
}

const vectors = readFileSync(new URL('vectors/kpl.jsonl', import.meta.url), 'utf8').trim().split('\n').map(line => JSON.parse(line) as Vector)

function userRecords (vector: Vector): UserRecord[] {
  return vector.userRecords.map(user => ({ ...user, data: Buffer.from(user.data, 'base64') }))
}

t.test('records of the KPL come apart as the Java KCL takes them apart', async t => {
  for (const vector of vectors) {
    const found = deaggregate(Buffer.from(vector.data, 'base64'))
    if (!vector.aggregated) t.equal(found, null, vector.id)
    else t.same(found?.map(user => ({ ...user, data: Buffer.from(user.data).toString('base64') })), vector.userRecords, vector.id)
  }
})

t.test('the same user records make the same bytes as the KPL\'s', async t => {
  for (const vector of vectors.filter(({ aggregated }) => aggregated)) {
    const aggregate = new Aggregate()
    for (const user of userRecords(vector)) {
      const expected = aggregate.sizeWith(user)
      aggregate.add(user)
      t.equal(aggregate.size, expected)
    }
    const bytes = aggregate.encode()
    t.equal(bytes.length, aggregate.size)
    t.equal(Buffer.from(bytes).toString('base64'), vector.data, vector.id)
  }
})

t.test('bytes that only begin like an aggregate are a plain record', async t => {
  const whole = new Aggregate()
  whole.add({ partitionKey: 'k', explicitHashKey: null, data: Buffer.from('x') })
  const bytes = Buffer.from(whole.encode())
  t.not(deaggregate(bytes), null)
  for (let length = 0; length < bytes.length; length++) t.equal(deaggregate(bytes.subarray(0, length)), null)
  const changed = Buffer.from(bytes)
  changed.writeUInt8(changed.readUInt8(6) ^ 1, 6)
  t.equal(deaggregate(changed), null)
})

t.test('a message that is no protobuf, with a right MD5, is a plain record', async t => {
  const message = Buffer.from([0x1a, 0x7f, 0x00])
  const bytes = Buffer.concat([Buffer.from([0xf3, 0x89, 0x9a, 0xc2]), message, createHash('md5').update(message).digest()])
  t.equal(deaggregate(bytes), null)
})

t.test('the hash key of a partition key is its MD5 as a number', async t => {
  t.equal(hashKeyOf('a').toString(16), createHash('md5').update('a').digest('hex').replace(/^0+/, ''))
})
