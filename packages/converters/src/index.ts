export { byteArrayConverter } from './byte-array.ts'
export { jsonConverter } from './json.ts'
export { stringConverter } from './string.ts'
