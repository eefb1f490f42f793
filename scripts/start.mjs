// npm start: the whole pipeline on real Kafka and a local AWS. Options: npm start -- --help
import { runSource } from './run.mjs'
import { setupOrExit } from './setup.mjs'

const { TRIBUTARY_KAFKA, TRIBUTARY_KINESIS, TRIBUTARY_S3, TRIBUTARY_DYNAMODB } = process.env
const ownAws = TRIBUTARY_KINESIS && TRIBUTARY_S3 && TRIBUTARY_DYNAMODB
setupOrExit(['packages', ...(TRIBUTARY_KAFKA ? [] : ['kafka']), ...(ownAws ? [] : ['aws'])])
runSource('examples/orders/run.ts', process.argv.slice(2))
