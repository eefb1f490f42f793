/** Stops gently at the first SIGTERM or SIGINT, and at once at the second. Exit code 0 when the gentle way was gone to its end. */
export function stopOnSignals (stop: (signal: NodeJS.Signals) => Promise<void>, atOnce: () => Promise<void>): void {
  let isStopping = false
  for (const [signal, number] of [['SIGINT', 2], ['SIGTERM', 15]] as const) {
    process.on(signal, () => {
      if (isStopping) {
        void atOnce().finally(() => { process.exit(128 + number) })
        return
      }
      isStopping = true
      stop(signal).then(() => { process.exit(0) }, () => { process.exit(1) })
    })
  }
}
