import { Timed } from '../metrics/timed.ts'

/** What a member of a group asks its coordinator. */
export class GroupStatistics {
  readonly heartbeats = new Timed()
  readonly joins = new Timed()
  readonly syncs = new Timed()
  /** From the wish to join until the member has its assignment. */
  readonly rebalances = new Timed()
  failedRebalances = 0
}
