/** An integer as `BigInteger.toByteArray` writes it: two's complement, big-endian, as few bytes as it takes. */
export function integerToBytes (value: bigint): Uint8Array {
  const magnitude = value < 0n ? -value - 1n : value
  const length = Math.floor(magnitude.toString(2).length / 8) + 1
  const hex = BigInt.asUintN(length * 8, value).toString(16).padStart(length * 2, '0')
  return new Uint8Array(Buffer.from(hex, 'hex'))
}

/** The integer that `new BigInteger(bytes)` reads; null for no bytes, where Java throws. */
export function integerFromBytes (bytes: Uint8Array): bigint | null {
  if (bytes.length === 0) return null
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`))
}
