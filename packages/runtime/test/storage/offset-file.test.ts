import { execFile } from 'node:child_process'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { readHashMap, writeHashMap } from '../../src/storage/java-hash-map.ts'
import { OffsetFile } from '../../src/storage/offset-file.ts'

const run = promisify(execFile)
const folder = await mkdtemp(join(tmpdir(), 'tributary-offsets-'))

t.test('offsets are there again after the file is opened anew, and forgotten ones are not', async t => {
  const path = join(folder, 'again')
  const file = await OffsetFile.open(path)
  await file.write('c', [{ partition: { filename: 'a' }, offset: { position: 10 } }, { partition: { filename: 'b' }, offset: { position: 9007199254740993n } }])
  await Promise.all([file.write('c', [{ partition: { filename: 'a' }, offset: null }]), file.write('d', [{ partition: {}, offset: { x: 'y' } }]), file.write('d', [{ partition: {}, offset: { x: 'z' } }])])
  const opened = await OffsetFile.open(path)
  t.same(await opened.read('c', [{ filename: 'a' }, { filename: 'b' }]), [null, { position: 9007199254740993n }])
  t.same(await opened.all('d'), [{ partition: {}, offset: { x: 'z' } }])
})

t.test('an empty map has the 82 bytes that Java writes, and Java reads what is written here, and the other way round', async t => {
  t.equal(writeHashMap([]).length, 82)
  const entries = Array.from({ length: 40 }, (_, i) => [Buffer.from(`["c",{"n":${i}}]`), i % 7 === 0 ? null : Buffer.from(`{"p":${i}}`)] as const)
  await writeFile(join(folder, 'ours'), writeHashMap(entries))
  await writeFile(join(folder, 'Copy.java'), `
    import java.io.*; import java.util.*; import java.nio.file.*;
    public class Copy {
      public static void main(String[] a) throws Exception {
        Object map; try (ObjectInputStream in = new ObjectInputStream(new FileInputStream(a[0]))) { map = in.readObject(); }
        try (ObjectOutputStream out = new ObjectOutputStream(new FileOutputStream(a[1]))) { out.writeObject(map); }
      }
    }`)
  await run('java', [join(folder, 'Copy.java'), join(folder, 'ours'), join(folder, 'java')])
  const text = (map: ReturnType<typeof readHashMap>): string[] => map.map(([key, value]) => `${Buffer.from(key).toString()} ${value === null ? null : Buffer.from(value).toString()}`).toSorted()
  t.same(text(readHashMap(await readFile(join(folder, 'java')))), text(entries))
})

t.test('a file of another kind is refused by its name, and left alone', async t => {
  const path = join(folder, 'other')
  await writeFile(path, 'not offsets')
  await t.rejects(OffsetFile.open(path), { kind: 'config', message: new RegExp(`^${path} \\(offset\\.storage\\.file\\.filename\\) is not an offset file`) })
  t.equal(await readFile(path, 'utf8'), 'not offsets')
})
