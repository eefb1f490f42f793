export { s3PartitionedSink, s3RawCopy, s3Sink } from './sink.ts'
export { Ledger, parseLedger } from './ledger.ts'
export type { LedgerState, PendingObject } from './ledger.ts'
