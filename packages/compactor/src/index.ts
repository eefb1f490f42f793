export * from './dist-cp.ts'
export * from './manifest.ts'
export * from './run-plan.ts'
export * from './s3.ts'
