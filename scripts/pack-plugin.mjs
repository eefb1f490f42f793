// Builds and packs @tributary/plugin, what authors of plugins depend on: node scripts/pack-plugin.mjs [FOLDER]. Prints the path of the tarball.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { root, setupOrExit } from './setup.mjs'

setupOrExit(['packages'])
const source = join(root, 'packages/plugin')
const target = resolve(process.argv[2] ?? join(root, '.tributary/packages'))
mkdirSync(target, { recursive: true })
// Below the root, so that the compiler finds the types of Node.
const stage = mkdtempSync(join(root, '.tributary/pack-'))

function run (command, args) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd: stage, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} did not work:\n${error?.message ?? stdout + stderr}`)
  return stdout
}

try {
  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))
  // What only a checkout has: its sources, and links to its other packages.
  for (const entry of Object.values(manifest.exports)) delete entry['@tributary/source']
  delete manifest.devDependencies
  writeFileSync(join(stage, 'package.json'), JSON.stringify(manifest, null, 2))
  writeFileSync(join(stage, 'tsconfig.json'), JSON.stringify({
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { noEmit: false, declaration: true, rootDir: join(source, 'src'), outDir: 'dist', customConditions: [] },
    include: [join(source, 'src')]
  }))
  run(join(root, 'node_modules/.bin/tsc'), ['-p', '.'])
  rmSync(join(stage, 'tsconfig.json'))
  const file = run('npm', ['pack', '--silent', '--pack-destination', target]).trim().split('\n').at(-1)
  console.log(join(target, file))
} finally {
  rmSync(stage, { recursive: true, force: true })
}
