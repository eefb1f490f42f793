#!/usr/bin/env node
import { command } from './command.ts'

process.exitCode = await command(process.argv.slice(2), {
  say: sentence => { console.log(sentence) },
  complain: sentence => { console.error(sentence) }
})
