import t from 'tap'
import { readAhead } from '../src/read-ahead.ts'

const MiB = 1024 * 1024

t.test('the next small files are on their way before they are asked for, within bounds', async t => {
  const inputs = [1, 1, 1, 3 * MiB, 4 * MiB, 2 * MiB, 1, 20 * MiB, 1].map((size, i) => ({ size, name: String(i) }))
  const begun: string[] = []
  const read = readAhead(inputs, async function * (input) {
    begun.push(input.name)
    yield Buffer.from(`<${input.name}`)
    yield Buffer.from('>')
  })
  const seen: { text: string, begun: string }[] = []
  for (const input of inputs) {
    let text = ''
    for await (const piece of read(input)) text += String(piece)
    seen.push({ text, begun: begun.join('') })
  }
  t.same(seen.map(({ text }) => text), ['<0>', '<1>', '<2>', '<3>', '<4>', '<5>', '<6>', '<7>', '<8>'])
  t.same(begun.toSorted(), ['0', '1', '2', '3', '4', '5', '6', '7', '8'], 'each once')
  t.equal(seen[0]?.begun.length, 5, 'not the fifth: it would be more than 8 MiB')
  t.equal(seen[6]?.begun.length, 7, 'the large one only when it is asked for')
})

t.test('an error of a file comes when that file is asked for', async t => {
  const inputs = [{ size: 1 }, { size: 1 }]
  const read = readAhead(inputs, async function * (input) {
    if (input === inputs[1]) throw new Error('gone')
    yield Buffer.from('x')
  })
  t.same(await Array.fromAsync(read(inputs[0]!)), [Buffer.from('x')])
  await t.rejects(Array.fromAsync(read(inputs[1]!)), { message: 'gone' })
})
