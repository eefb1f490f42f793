import { openKafka } from '@tributary/runtime/kafka'

const firstHour = Date.UTC(2019, 0, 1) / 3_600_000

/** Hour of an order since 1970: any of so many, by a hash of its id, so that whoever reads it back knows where it belongs. */
export function hourOf (id: number, hours: number): number {
  let mixed = Math.imul(id ^ 0x9e3779b9, 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return firstHour + ((mixed ^ (mixed >>> 16)) >>> 0) % hours
}

/** The directory that the sink makes of an hour, such as `ot=2019111215`. */
export function directoryOf (hour: number): string {
  return `ot=${new Date(hour * 3_600_000).toISOString().slice(0, 13).replaceAll(/[-T]/g, '')}`
}

function orderOf (id: number, hours: number): Buffer {
  const ordertime = hourOf(id, hours) * 3600 + id % 3600
  return Buffer.from(JSON.stringify({
    ordertime, orderid: id, itemid: `Item_${id % 1000}`, orderunits: id % 100 / 8, address: { city: `City_${id % 97}`, state: `State_${id % 53}`, zipcode: 10_000 + id % 90_000 }
  }))
}

/** Sends orders 0 to `orders` - 1 to the partitions in turn; their times jump over so many hours. */
export async function produceOrders (options: { bootstrap: string, topic: string, partitions: number, orders: number, hours: number }): Promise<void> {
  const { bootstrap, topic, partitions, orders, hours } = options
  const producer = await openKafka().producer({ 'bootstrap.servers': bootstrap, acks: 'all' })
  const perBatch = 10_000
  let failure: Error | null = null
  for (let from = 0; from < orders; from += perBatch) {
    const batch = Array.from({ length: Math.min(perBatch, orders - from) }, (_, i) => (
      { topic, partition: (from + i) % partitions, key: null, timestamp: null, headers: [], value: orderOf(from + i, hours) }
    ))
    await producer.send(batch, (_index, _metadata, error) => { failure ??= error })
  }
  await producer.flush({ signal: AbortSignal.timeout(120_000) })
  await producer.close(10_000)
  if (failure !== null) throw failure
}
