// npm run check:spark: Spark SQL runs the HiveQL that the S3 sink writes, and reads its tables. Brings 540 MB the first time, so no test does it.
import { runSource } from './run.mjs'
import { setupOrExit } from './setup.mjs'

setupOrExit(['packages', 'aws', 'spark', 'spark-jars'])
runSource('test/analytics/spark.ts', process.argv.slice(2))
