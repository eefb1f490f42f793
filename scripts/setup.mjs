// Brings what the repository needs into ignored folders of it. Runs on any Node >= 20, before anything is installed; needs the network once.
//
//   node scripts/setup.mjs [packages] [kafka] [java-connect] [aws] [glue] [analytics] [spark] [spark-jars]      default: packages kafka aws
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
/** The Node of the lockfile, which runs everything but these scripts. */
export const node = join(root, 'node_modules/node/bin/node')
const tools = join(root, '.tributary')
const pnpm = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager
const ministack = 'ministack==1.5.33'

function version (command, args, pattern) {
  const { stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (error) return null
  const found = pattern.exec(`${stdout}\n${stderr}`)
  return found ? Number(found[1]) : null
}

const prerequisites = {
  node: () => Number(process.versions.node.split('.')[0]) >= 20 || `Node ${process.versions.node} is too old. Install Node 20 or newer; it fetches the Node 24 that runs Tributary.`,
  java: () => version('java', ['-version'], /version "(\d+)/) >= 17 || 'Java 17 or newer is missing: the local Kafka runs on it. Install it (Debian: apt-get install openjdk-17-jre-headless), or set TRIBUTARY_KAFKA to the bootstrap servers of a Kafka of yours.',
  maven: () => version('mvn', ['-v'], /Maven (\d+)/) >= 3 || 'Maven is missing: it brings the local Kafka. Install it (Debian: apt-get install maven), or set TRIBUTARY_KAFKA to the bootstrap servers of a Kafka of yours.',
  python: () => (version('python3', ['--version'], /Python 3\.(\d+)/) >= 10 && spawnSync('python3', ['-c', 'import venv, ensurepip']).status === 0) ||
    'Python 3.10 or newer with venv is missing: the local AWS runs on it. Install it (Debian: apt-get install python3 python3-venv), or set TRIBUTARY_KINESIS, TRIBUTARY_S3 and TRIBUTARY_DYNAMODB to endpoints of yours.'
}

function run (what, command, args) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 })
  if (status === 0) return
  throw new Error(`${what} did not work.\n  ${command} ${args.join(' ')}\n${error?.message ?? `${stdout}${stderr}`.trim().split('\n').slice(-15).join('\n')}`)
}

/** The jars that a pom in scripts/local depends on. */
function jarsPart (folderName, pom, says) {
  const folder = join(tools, folderName)
  const path = join('scripts/local', pom)
  return {
    needs: ['java', 'maven'],
    says,
    input: () => readFileSync(join(root, path), 'utf8'),
    stamp: join(tools, `${folderName}.stamp`),
    made: () => existsSync(folder),
    make: () => {
      const fresh = `${folder}.new`
      rmSync(fresh, { recursive: true, force: true })
      run(`Bringing the jars of ${pom} with Maven`, 'mvn', ['-q', '-B', 'dependency:copy-dependencies', '-f', path, `-DoutputDirectory=${fresh}`])
      rmSync(folder, { recursive: true, force: true })
      renameSync(fresh, folder)
    }
  }
}

/** A Python environment of its own with some packages. `program`: what must be there for it to be whole. */
function pythonPart (folderName, packages, { says, what, stamp = folderName, program = 'pip' }) {
  const folder = join(tools, folderName)
  return {
    needs: ['python'],
    says,
    // A virtual environment cannot be moved: its scripts name the folder.
    input: () => `${packages.join(' ')} ${root}`,
    stamp: join(tools, `${stamp}.stamp`),
    made: () => existsSync(join(folder, 'bin', program)),
    make: () => {
      rmSync(folder, { recursive: true, force: true })
      run('Making a Python environment', 'python3', ['-m', 'venv', folder])
      run(`Installing ${what} with pip`, join(folder, 'bin/pip'), ['install', '-q', '--disable-pip-version-check', ...packages])
    }
  }
}

/** Each part: what it needs, the text that must be unchanged for it to be up to date, where that text is kept, and how it is made. */
const parts = {
  packages: {
    needs: ['node'],
    says: 'Installing packages (once, about 20 s) ...',
    input: () => readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8'),
    // bin/ compares this copy with the lockfile, so that a start costs no Node process.
    stamp: join(root, 'node_modules/.tributary-lock.yaml'),
    made: () => existsSync(node),
    make: () => { run('Installing packages with pnpm', 'npx', ['-y', pnpm, 'install', '--frozen-lockfile', '--reporter=append-only', '--config.confirmModulesPurge=false']) }
  },
  kafka: jarsPart('kafka', 'kafka-pom.xml', 'Bringing Apache Kafka (once, 55 MB) ...'),
  'java-connect': jarsPart('java-connect', 'connect-pom.xml', 'Bringing Java Kafka Connect (once) ...'),
  aws: pythonPart('ministack', [ministack], { says: 'Bringing the local AWS (once, 90 MB) ...', what: 'the local AWS', stamp: 'aws', program: 'ministack' }),
  glue: pythonPart('moto', ['moto[server]==5.2.5'], { says: 'Bringing a local Glue (once, 110 MB) ...', what: 'a local Glue' }),
  analytics: pythonPart('analytics', ['duckdb==1.5.5', 'duckdb-extension-httpfs==1.5.5', 'duckdb-extension-avro==1.5.5', 'pyarrow==26.0.1', 'fastavro[codecs]==1.13.1'], { says: 'Bringing DuckDB and PyArrow (once, 310 MB) ...', what: 'DuckDB and PyArrow' }),
  'spark-jars': jarsPart('spark-jars', 'spark-pom.xml', 'Bringing what Spark needs to read S3 (once, 30 MB) ...'),
  spark: pythonPart('spark', ['pyspark==4.3.0'], { says: 'Bringing Spark (once, 520 MB) ...', what: 'Spark' })
}

function isDone (part) {
  return part.made() && existsSync(part.stamp) && readFileSync(part.stamp, 'utf8') === part.input()
}

/** Runs `work` while no other set-up of this checkout runs: several workers may be started at once on a fresh clone. */
function locked (work) {
  mkdirSync(tools, { recursive: true })
  const lock = join(tools, 'setup.lock')
  for (;;) {
    try {
      mkdirSync(lock)
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    let holder = 0
    try { holder = Number(readFileSync(join(lock, 'pid'), 'utf8')) } catch { /* just being made */ }
    if (holder !== 0) {
      try { process.kill(holder, 0) } catch { rmSync(lock, { recursive: true, force: true }) }
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  }
  writeFileSync(join(lock, 'pid'), String(process.pid))
  try {
    work()
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}

/** Makes the named parts where they are missing or out of date. Throws one Error that names everything to install. */
export function setup (names) {
  if (names.every(name => isDone(parts[name]))) return
  const missing = [...new Set(names.filter(name => !isDone(parts[name])).flatMap(name => parts[name].needs))]
    .map(need => prerequisites[need]()).filter(answer => answer !== true)
  if (missing.length > 0) throw new Error(missing.join('\n'))
  locked(() => {
    for (const name of names) {
      const part = parts[name]
      if (isDone(part)) continue
      process.stderr.write(`${part.says}\n`)
      part.make()
      mkdirSync(dirname(part.stamp), { recursive: true })
      if (name === 'packages') copyFileSync(join(root, 'pnpm-lock.yaml'), part.stamp)
      else writeFileSync(part.stamp, part.input())
    }
  })
}

/** `setup`, with a mistake told as a sentence and exit code 1. */
export function setupOrExit (names) {
  try {
    setup(names)
  } catch (error) {
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const asked = process.argv.slice(2)
  const wrong = asked.filter(name => !(name in parts))
  if (wrong.length > 0) {
    process.stderr.write(`Unknown part: ${wrong.join(', ')}. There are: ${Object.keys(parts).join(', ')}.\n`)
    process.exit(2)
  }
  setupOrExit(asked.length > 0 ? asked : ['packages', 'kafka', 'aws'])
}
