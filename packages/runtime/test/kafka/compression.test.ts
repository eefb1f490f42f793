import { randomBytes } from 'node:crypto'
import { compressSync } from 'snappy'
import t from 'tap'
import { compress, compressionCodes, decompress } from '../../src/kafka/compression.ts'

for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
  t.test(`${codec} gives back what was put in, whatever its size`, async t => {
    for (const size of [0, 1, 1000, 32 * 1024, 200_000]) {
      const bytes = Buffer.concat([randomBytes(size), Buffer.alloc(size, 'abc')])
      t.ok(decompress(compressionCodes[codec], compress(codec, bytes)).equals(bytes), `${size} bytes`)
    }
  })
}

t.test('snappy without a frame is read too', async t => {
  const bytes = Buffer.alloc(5000, 'abc')
  t.ok(decompress(compressionCodes.snappy, compressSync(bytes)).equals(bytes))
})

t.test('an unknown codec is named', async t => {
  t.throws(() => decompress(7, Buffer.alloc(1)), { code: 'UNSUPPORTED_COMPRESSION_TYPE', message: /codec 7/ })
})
