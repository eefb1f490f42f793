import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// See connect-standalone.ts.
if (process.env.NODE_COMPILE_CACHE === undefined && import.meta.url.endsWith('.ts')) process.env.NODE_COMPILE_CACHE = fileURLToPath(new URL('../../../../.tributary/compile-cache', import.meta.url))
enableCompileCache()

const { distributed } = await import('./distributed.ts')
await distributed(process.argv.slice(2))
