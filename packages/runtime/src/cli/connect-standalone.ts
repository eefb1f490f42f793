import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Compiled code is kept between starts: half the time of a start is compiling. Set before anything else is loaded; threads take it from the environment.
if (process.env.NODE_COMPILE_CACHE === undefined && import.meta.url.endsWith('.ts')) process.env.NODE_COMPILE_CACHE = fileURLToPath(new URL('../../../../.tributary/compile-cache', import.meta.url))
enableCompileCache()

const { standalone } = await import('./standalone.ts')
await standalone(process.argv.slice(2))
