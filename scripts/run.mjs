// Runs a source file on the Node of the lockfile: node scripts/run.mjs FILE [ARGUMENTS]. Sets up the packages first.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { node, root, setupOrExit } from './setup.mjs'

/** Runs a source file with its arguments, signals and exit code passed on. */
export function runSource (file, args, env = process.env) {
  const child = spawn(node, ['--conditions=@tributary/source', '--disable-warning=ExperimentalWarning', join(root, file), ...args], { stdio: 'inherit', env })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => { child.kill(signal) })
  child.on('exit', (code, signal) => { process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)) })
}

if (process.argv[1]?.endsWith('run.mjs')) {
  setupOrExit(['packages'])
  const [file, ...args] = process.argv.slice(2)
  runSource(file, args)
}
