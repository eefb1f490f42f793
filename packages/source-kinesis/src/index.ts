export { kinesisFeed } from './feed.ts'
export { kinesisSource } from './source.ts'
export { kinesisFeedConfig, kinesisSourceConfig, type KinesisFeedConfig, type KinesisSourceConfig } from './config.ts'
