import t from 'tap'
import { FencedError, Ledger, parseLedger } from '../src/ledger.ts'
import { StoreError } from '../src/object-store.ts'
import { openBucket } from '../src/client.ts'
import { awsEndpoint, startFaultProxy } from '@tributary/testing'
import { createBucket, parsedConfig, sinkConfig } from './helpers.ts'

t.test('a change whose answer was lost and that was given up does not pass for the next one', async t => {
  const bucket = await createBucket(t)
  const proxy = await startFaultProxy(awsEndpoint())
  t.teardown(() => proxy.stop())
  const store = await openBucket(parsedConfig(sinkConfig(bucket.name, { 'store.url': proxy.url, 's3.part.retries': '0' })), new AbortController().signal)
  t.teardown(() => { store.close() })
  const ledger = await Ledger.claim(store, 'ledger', 'layout')
  proxy.plan(request => ({ kind: 'cut', when: request.method === 'PUT' ? 'after' : 'before' }))
  await t.rejects(ledger.update({ position: 1 }), StoreError)
  proxy.plan(null)
  t.match((await Ledger.read(store, 'ledger'))?.state, { position: 1, revision: 2 }, 'it has arrived')
  await ledger.update({ position: 5 })
  t.equal((await Ledger.read(store, 'ledger'))?.state.position, 5)
})

t.test('an owner that looks again learns that it was overtaken, but not before it has to look', async t => {
  const bucket = await createBucket(t)
  const store = await openBucket(parsedConfig(sinkConfig(bucket.name)), new AbortController().signal)
  t.teardown(() => { store.close() })
  const first = await Ledger.claim(store, 'ledger', 'layout')
  await first.confirm(-1)
  const second = await Ledger.claim(store, 'ledger', 'layout')
  await first.confirm(60_000)
  await t.rejects(first.confirm(-1), FencedError)
  await second.confirm(-1)
})

t.test('a ledger from before columns were known is read', async t => {
  const state = parseLedger('{"version":1,"epoch":1,"owner":"o","revision":1,"generation":0,"layout":"l","position":null,"stored":[],"watermark":null,"pending":[]}', 'ledger')
  t.same(state.columns, new Map())
})
