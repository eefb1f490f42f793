/**
 * Where Tributary answers differently from Java's Kafka Connect 4.3.1, on purpose: the name of the request, our status, and why.
 * docs/compatibility.md tells users the same.
 */
export const differences: Readonly<Record<string, { readonly status: number, readonly why: string }>> = {}
