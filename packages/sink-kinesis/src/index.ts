export { kinesisSink } from './sink.ts'
export { kinesisSinkConfig, type KinesisSinkConfig } from './config.ts'
