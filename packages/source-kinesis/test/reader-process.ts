// Reads a stream by the feed and commits, printing what it has committed, until it is killed. Arguments: the feed's configuration as JSON.
import { openFeed, type FeedConfig } from './helpers.ts'

const open = await openFeed({ teardown: () => {} }, JSON.parse(process.argv[2] ?? '{}') as FeedConfig, 'child')
for (;;) {
  await open.step()
  await open.commit()
  for (const text of open.texts.splice(0)) process.stdout.write(`${text}\n`)
}
