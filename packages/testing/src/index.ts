export * from './aws.ts'
export * from './kafka.ts'
export * from './local.ts'
export * from './process.ts'
