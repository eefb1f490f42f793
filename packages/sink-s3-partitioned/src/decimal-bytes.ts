/** Two's complement, most significant byte first, as short as it can be: Java's BigInteger.toByteArray. */
export function decimalBytes (value: bigint): Buffer {
  let bytes = 1
  while (BigInt.asIntN(bytes * 8, value) !== value) bytes++
  return Buffer.from(BigInt.asUintN(bytes * 8, value).toString(16).padStart(bytes * 2, '0'), 'hex')
}
