// Formatting that no editor should have to argue about: line ends, blanks at their ends, tabs, the newline at the end of a file, semicolons.
//
//   node scripts/format.mjs            mends what can be mended
//   node scripts/format.mjs --check    names what is wrong, and fails
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const isCheck = process.argv.includes('--check')
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.mjs', '*.json', '*.md', '*.properties', '*.yaml', '.taprc', '.oxlintrc.json'], { encoding: 'utf8' })
  .split('\n').filter(name => name !== '' && name !== 'pnpm-lock.yaml')
let wrong = 0

function tell (file, line, what) {
  wrong += 1
  console.log(`${file}:${line} ${what}`)
}

for (const file of files) {
  let text
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    continue // Deleted, but not yet committed.
  }
  const mended = `${text.replaceAll('\r\n', '\n').replace(/[ \t]+$/gm, '').trimEnd()}\n`
  const isCode = /\.(ts|mjs)$/.test(file)
  if (isCode) {
    for (const [i, line] of mended.split('\n').entries()) {
      if (/^\s*\t/.test(line)) tell(file, i + 1, 'is indented by a tab; use two blanks')
      if (/[\w)\]'"`}];$/.test(line) && !/^\s*(\*|\/\/)/.test(line) && !line.includes('`')) tell(file, i + 1, 'ends with a semicolon')
    }
  }
  if (mended === text) continue
  if (isCheck) tell(file, 1, 'has blanks at line ends, CRLF, or not exactly one newline at its end; run npm run format')
  else writeFileSync(file, mended)
}
process.exit(wrong > 0 ? 1 : 0)
