import t from 'tap'
import { murmur2, partitionOf } from '../../src/kafka/murmur2.ts'

t.test('hashes are those of Java\'s client', async t => {
  const vectors = { '21': -973932308, foobar: -790332482, 'a-little-bit-long-string': -985981536, 'a-little-bit-longer-string': -1486304829, lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971, abc: 479470107 }
  for (const [text, hash] of Object.entries(vectors)) t.equal(murmur2(Buffer.from(text)), hash, text)
})

t.test('a negative hash still names a partition', async t => {
  t.equal(partitionOf(Buffer.from('21'), 7), (-973932308 & 0x7fffffff) % 7)
})
