// npm run check:exactly-once [KILLS]: kills a worker twenty times (or as often as said) while an exactly-once source writes 200,000 lines, and counts them.
import { spawnSync } from 'node:child_process'

const { status } = spawnSync(process.execPath, [new URL('./test.mjs', import.meta.url).pathname, 'test/distributed/exactly-once.test.ts'], {
  stdio: 'inherit', env: { ...process.env, TRIBUTARY_KILLS: process.argv[2] ?? '20' }
})
process.exitCode = status ?? 1
