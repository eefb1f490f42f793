import t from 'tap'
import { crc32c } from '../../src/kafka/crc32c.ts'

t.test('checksums are Castagnoli\'s', async t => {
  t.equal(crc32c(Buffer.from('123456789')), 0xe3069283)
  t.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa, 'RFC 3720: 32 bytes of zeros')
  t.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43, 'RFC 3720: 32 bytes of ones')
})

t.test('a part of a buffer has the checksum of its copy', async t => {
  const bytes = Buffer.from('some bytes that are longer than one step of eight')
  t.equal(crc32c(bytes, 3, 30), crc32c(Buffer.from(bytes.subarray(3, 30))))
})
