import t from 'tap'
import { generateSessionKey, isCurrent, sign, verify } from '../../../src/herder/distributed/signature.ts'

const body = Buffer.from('[{"a":"b"}]')
/** The status of the answer to a refused request. */
function refusal (request: () => void): { status: number, message: string } | null {
  try {
    request()
    return null
  } catch (error) {
    return error as { status: number, message: string }
  }
}

const key = generateSessionKey('HmacSHA256', null, 1000)

t.test('a request signed by one worker is believed by another', async t => {
  verify(body, sign(body, key, 'HmacSHA256'), key, ['HmacSHA256'])
  t.equal(key.key.length, 32)
})

t.test('unsigned, changed and foreign requests are refused with Java\'s statuses', async t => {
  const signature = sign(body, key, 'HmacSHA256')
  t.match(refusal(() => { verify(body, null, key, ['HmacSHA256']) }), { status: 400 })
  t.match(refusal(() => { verify(body, signature, key, ['HmacSHA512']) }), { status: 400 })
  t.match(refusal(() => { verify(body, signature, null, ['HmacSHA256']) }), { status: 503 })
  t.match(refusal(() => { verify(Buffer.from('[]'), signature, key, ['HmacSHA256']) }), { status: 403, message: 'Internal request contained invalid signature.' })
  t.match(refusal(() => { verify(body, { ...signature, key: '!' }, key, ['HmacSHA256']) }), { status: 403 })
})

t.test('a key is replaced when it is old, or of another kind than configured', async t => {
  const wanted = { algorithm: 'HmacSHA256', bits: null, ttlMs: 5000 }
  t.ok(isCurrent(key, wanted, 5999))
  t.notOk(isCurrent(key, wanted, 6000))
  t.ok(isCurrent(key, { ...wanted, ttlMs: 0 }, 1e15))
  t.notOk(isCurrent(key, { ...wanted, algorithm: 'HmacSHA512' }, 1001))
  t.notOk(isCurrent(key, { ...wanted, bits: 512 }, 1001))
})
