/** An order of about 144 bytes as JSON, different for each number, the same each time. */
export function order (n: number): { ordertime: number, orderid: number, itemid: string, orderunits: number, address: { city: string, state: string, zipcode: number } } {
  // Spread as random numbers are, so that codecs find no more in them than in real orders.
  const spread = Math.imul(n ^ n >>> 15, 0x2c1b3c6d) >>> 0
  return {
    ordertime: 1573573055 + n % 86400, orderid: n, itemid: `Item_${spread % 1000}`, orderunits: spread % 10 + 0.5,
    address: { city: `City_${(spread >>> 4) % 90}`, state: `State_${(spread >>> 8) % 90}`, zipcode: 10000 + (spread >>> 3) % 90000 }
  }
}

export function orderText (n: number): string { return JSON.stringify(order(n)) }
