#!/usr/bin/env node
import { configOf } from '@tributary/plugin'
import { parseArgs } from 'node:util'
import { openBucket } from './client.ts'
import { config } from './config.ts'
import { redrive } from './redrive.ts'

const usage = `Usage: tributary-s3-redrive --bucket NAME --prefix PREFIX [--reason CODE] [--region REGION] [--endpoint URL]
Writes the raw records that the S3 sink refused, as they lie under its error.prefix, to standard output, one a line.
Credentials come from where AWS tools look.
`

const { values } = parseArgs({
  options: { bucket: { type: 'string' }, prefix: { type: 'string' }, reason: { type: 'string' }, region: { type: 'string' }, endpoint: { type: 'string' }, help: { type: 'boolean' } }
})
if (values.help === true || values.bucket === undefined || values.prefix === undefined) {
  process.stderr.write(usage)
  process.exit(values.help === true ? 0 : 2)
}
const store = await openBucket(configOf(config, {
  's3.bucket.name': values.bucket,
  's3.region': values.region ?? process.env.AWS_REGION ?? 'us-east-1',
  ...values.endpoint === undefined ? {} : { 'store.url': values.endpoint }
}), new AbortController().signal)
const count = await redrive(store, { prefix: values.prefix, reason: values.reason ?? null }, process.stdout)
store.close()
process.stderr.write(`${count} records.\n`)
