/** Worker keys of a group with internal topics of its own, small, and delays that a test can wait for. */
export function groupKeys (group: string, options: { replicationFactor?: number } = {}): Record<string, string> {
  return {
    'group.id': group,
    ...Object.fromEntries(['config', 'offset', 'status'].flatMap(store => [[`${store}.storage.topic`, `${group}-${store}`], [`${store}.storage.replication.factor`, String(options.replicationFactor ?? 1)]])),
    'offset.storage.partitions': '3',
    'status.storage.partitions': '2',
    'scheduled.rebalance.max.delay.ms': '1000'
  }
}
