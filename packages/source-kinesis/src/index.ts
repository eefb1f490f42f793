export { kinesisFeed } from './feed.ts'
export { kinesisFeedConfig, type KinesisFeedConfig } from './config.ts'
