import { array, int, long, map, quickstart, string } from './avro.ts'
import { addresses, cities, list, people } from './samples.ts'

const registered = long.range(1487715775521, 1519273364600)
const user = {
  registertime: registered,
  userid: string.regex('User_[1-9]'),
  regionid: string.regex('Region_[1-9]'),
  gender: string.oneOf(['MALE', 'FEMALE', 'OTHER'])
}
const codes = [[200, 'Successful'], [302, 'Redirect'], [404, 'Page not found'], [405, 'Method not allowed'], [406, 'Not acceptable'], [407, 'Proxy authentication required']] as const
const pages = ['/index.html', '/login.html', '/cart.html', '/search.html', '/images/logo.png', '/images/track.png']
const agents = ['Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', 'curl/8.5.0']
const givenNames = people.map(name => name.split(' ')[0]!)
const familyNames = people.map(name => name.split(' ')[1]!)

export const web = {
  clickstream_codes: quickstart('code', 'clickstream.codes', { code: 'int', definition: 'string' }, codes.map(([code, definition]) => ({ code, definition }))),
  clickstream: quickstart('ip', 'clickstream.events', {
    ip: string.oneOf(addresses.slice(0, 40)),
    userid: int.range(-1, 40),
    remote_user: string.oneOf(['-']),
    time: string.count(1, 10),
    _time: long.count(1, 10),
    request: string.oneOf(pages.map(page => `GET ${page} HTTP/1.1`)),
    status: string.oneOf(codes.map(([code]) => String(code))),
    bytes: string.oneOf(['278', '1289', '2048', '4006', '4096', '4196', '14096']),
    referrer: string.oneOf(['-']),
    agent: string.oneOf(agents)
  }),
  clickstream_users: quickstart('user_id', 'clickstream.users', {
    user_id: int.count(1),
    username: string.oneOf(list(18, i => `${givenNames[i]!}_${i + 11}`)),
    registered_at: long.range(1407645330000, 1502339792000),
    first_name: string.oneOf([...new Set(givenNames)]),
    last_name: string.oneOf([...new Set(familyNames)]),
    city: string.oneOf(cities.map(([city]) => city)),
    level: string.oneOf(['Gold', 'Silver', 'Platinum'])
  }),
  users: quickstart('userid', 'ksql.users', user),
  users_: quickstart('userid', 'ksql.users', {
    ...user,
    interests: array('string', { options: [['Game', 'News'], ['Game', 'Sport'], ['Movies', 'Travel'], ['News', 'Travel']] }),
    contactinfo: map('string', { options: cities.slice(0, 5).map(([city, state], i) => ({ phone: `202555010${i}`, city, state, zipcode: String(10001 + i * 1111) })) })
  }),
  pageviews: quickstart('viewtime', 'ksql.pageviews', {
    viewtime: long.count(1, 10),
    userid: string.regex('User_[1-9]'),
    pageid: string.regex('Page_[1-9][0-9]')
  })
}
