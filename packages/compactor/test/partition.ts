import { gzipSync } from 'node:zlib'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import type { Bucket } from './bucket.ts'

/** The partition that tests compact. */
export const location = 'orders/ot=2019111223/'

/** Puts files of JSON lines as a sink writes them; returns their rows. */
export async function fill (bucket: Bucket, files: number, from = 0): Promise<object[]> {
  const rows: object[] = []
  for (let i = from; i < from + files; i++) {
    const own = [{ orderid: i, city: `City_${i}`, units: i + 0.5, big: 9007199254740992 }, { orderid: i + 1000, extra: { a: [i] }, units: 3 }]
    const text = own.map(row => JSON.stringify(row).replace('9007199254740992', '9007199254740993')).join('\n')
    await bucket.put(`${location}orders+0+${String(i).padStart(10, '0')}.json.gz`, gzipSync(i % 2 === 0 ? text : `${text}\n`))
    rows.push(...own)
  }
  return rows
}

/** Compacts the partition at once. */
export const run = (bucket: Bucket, ...more: string[]): Promise<{ code: number, out: string }> => bucket.run(['compact', `--location=${bucket.url(location)}`, '--quietMinutes=0', ...more])

export async function linesOf (bucket: Bucket, keys: readonly string[]): Promise<string[]> {
  return (await Promise.all(keys.map(key => bucket.text(key)))).join('').split('\n').filter(line => line !== '')
}

/** An Avro schema of the rows of {@link fill}. */
export const orderSchema = JSON.stringify({
  type: 'record', name: 'Order', fields: [
    { name: 'orderid', type: 'int' }, { name: 'city', type: ['null', 'string'] }, { name: 'units', type: 'double' }, { name: 'big', type: ['null', 'long'] }, { name: 'never', type: ['null', 'string'] },
    { name: 'extra', type: ['null', { type: 'record', name: 'Extra', fields: [{ name: 'a', type: { type: 'array', items: 'long' } }] }] }
  ]
})

/** What the first Parquet file of a bucket holds. */
export async function parquetOf (bucket: Bucket): Promise<{ columns: string[], rows: Record<string, unknown>[] }> {
  const [key = ''] = (await bucket.keys()).filter(name => name.endsWith('.parquet'))
  const bytes = await bucket.get(key)
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer
  return { columns: parquetMetadata(file).schema.slice(1).map(({ name, type, converted_type: converted }) => `${name} ${converted ?? type ?? 'group'}`), rows: await parquetReadObjects({ file }) }
}

/** The files that the partition's manifest names. */
export const manifestOf = async (bucket: Bucket): Promise<string[]> => (await bucket.text(`${location}_symlink/manifest.txt`)).split('\n').filter(line => line !== '')
