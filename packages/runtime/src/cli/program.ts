import { end, Exit, exitCodes } from './exit.ts'

/** Runs a worker's program: its arguments without `-daemon`, of which the first is the worker file. Exit codes are those of Kafka's scripts. */
export async function program (args: readonly string[], usage: string, run: (workerFile: string, further: readonly string[]) => Promise<void>): Promise<void> {
  const [workerFile, ...further] = args.filter(arg => arg !== '-daemon')
  if (workerFile === undefined || args.includes('--help')) end(new Exit(exitCodes.usage, [usage]), exitCodes.usage)
  // What a connector's own code lets slip must not end the other connectors.
  process.on('uncaughtException', error => { process.stderr.write(`An error that nothing caught; the worker goes on: ${error.stack ?? error.message}\n`) })
  try {
    await run(workerFile, further)
  } catch (error) {
    end(error, exitCodes.start)
  }
}
