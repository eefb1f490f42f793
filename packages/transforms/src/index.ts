export { eventTimePartition, partitionHeader } from './event-time-partition.ts'
export { flattenKey, flattenValue } from './flatten.ts'
export { newline } from './newline.ts'
