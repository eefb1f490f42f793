// Reads a stream by the feed, prints each record, then commits, until it is killed. What is printed counts as durable. Argument: the feed's configuration as JSON.
import { openFeed, type FeedConfig } from './helpers.ts'

const open = await openFeed({ teardown: () => {} }, JSON.parse(process.argv[2] ?? '{}') as FeedConfig, 'child')
for (;;) {
  await open.step()
  const lines = open.texts.splice(0).map(text => `${text}\n`).join('')
  // A commit before the pipe has taken the lines would promise what a kill can still lose.
  if (lines !== '') await new Promise<void>(resolve => { process.stdout.write(lines, () => { resolve() }) })
  await open.commit()
}
