import { gunzipSync } from 'node:zlib'
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3'
import { directoryOf, hourOf } from './orders.ts'

/** What a reader of the bucket finds. */
export interface Stored {
  readonly objects: number
  /** The most objects that one partition has in one directory. */
  readonly objectsOfAPlace: number
  readonly lost: number
  /** Orders beyond the first of each id. */
  readonly repeated: number
  /** Orders outside of the directory of their hour. */
  readonly misplaced: number
}

const parallel = 16

/** Names of all objects under a prefix. */
export async function keysUnder (client: S3Client, bucket: string, prefix: string): Promise<string[]> {
  const keys: string[] = []
  let token: string | undefined
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...token === undefined ? {} : { ContinuationToken: token } }))
    for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key)
    token = page.NextContinuationToken
  } while (token !== undefined)
  return keys
}

/** Whether the ledgers say that all orders are stored and visible. */
export async function isAllStored (client: S3Client, bucket: string, options: { connector: string, topic: string, partitions: number, orders: number }): Promise<boolean> {
  const { connector, topic, partitions, orders } = options
  for (let partition = 0; partition < partitions; partition++) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: `_tributary/${connector}/${topic}/${partition}.json` }))
    const { position, pending } = JSON.parse(await Body!.transformToString()) as { position: number | null, pending: unknown[] }
    const end = Math.floor(orders / partitions) + (partition < orders % partitions ? 1 : 0)
    if ((position ?? 0) < end || pending.length > 0) return false
  }
  return true
}

/** Reads every object of `topics/<topic>/<directory>/<topic>+<partition>+<offset>...` and counts the orders in it. */
export async function countStored (client: S3Client, bucket: string, options: { orders: number, hours: number }): Promise<Stored> {
  const keys = await keysUnder(client, bucket, 'topics/')
  const counts = new Uint8Array(options.orders)
  const places = new Map<string, number>()
  let misplaced = 0
  let next = 0
  const readSome = async (): Promise<void> => {
    while (next < keys.length) {
      const key = keys[next++] ?? ''
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      const [, , directory = '', file = ''] = key.split('/')
      const place = `${directory}+${file.split('+')[1]}`
      places.set(place, (places.get(place) ?? 0) + 1)
      for (const line of gunzipSync(await Body!.transformToByteArray()).toString().split('\n')) {
        if (line === '') continue
        const { orderid } = JSON.parse(line) as { orderid: number }
        counts[orderid] = Math.min(255, (counts[orderid] ?? 0) + 1)
        if (directoryOf(hourOf(orderid, options.hours)) !== directory) misplaced++
      }
    }
  }
  await Promise.all(Array.from({ length: parallel }, readSome))
  let lost = 0
  let repeated = 0
  for (const count of counts) {
    if (count === 0) lost++
    else repeated += count - 1
  }
  return { objects: keys.length, objectsOfAPlace: Math.max(0, ...places.values()), lost, repeated, misplaced }
}
