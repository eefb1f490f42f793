import { timeZone } from '@tributary/transforms/time-zone'
import type { TimeZone } from '@tributary/transforms/time-zone'
import { ConnectError } from '@tributary/plugin'

export type { TimeZone }

const offsetId = /^(?:UTC|GMT|UT)?([+-])(\d\d)(?::?(\d\d)(?::?(\d\d)(?:\.?(\d{3}))?)?)?$/
/** Names that Node understands in any case, Joda-Time only as the zone database writes them. */
const properName = /^[A-Z][\w+-]*(?:\/[A-Z\d][\w+-]*)*$/
/** Java's old three-letter names that the zone database does not have. */
const unknownToJoda = new Set(['ACT', 'AET', 'AGT', 'ART', 'AST', 'BET', 'BST', 'CAT', 'CNT', 'CST', 'CTT', 'EAT', 'ECT', 'IET', 'IST', 'JST', 'MIT', 'NET', 'NST', 'PLT', 'PNT', 'PRT', 'PST', 'SST', 'VST'])

/**
 * The zone of an id as Joda-Time's `DateTimeZone.forID` takes it: `Asia/Shanghai`, `UTC`, `+08:00`, `GMT+08`. Throws a `config` error with
 * Joda's sentence for an unknown one.
 */
export function javaTimeZone (id: string): TimeZone {
  const offset = offsetId.exec(id)
  if (offset !== null) return fixedZone(offset)
  if (id === 'Z') return utc
  const zone = properName.test(id) && !unknownToJoda.has(id) && !/^(?:UTC|GMT|UT)[+-]/.test(id) ? timeZone(id) : null
  if (zone === null) {
    throw new ConnectError('TIME_ZONE', 'config', `The datetime zone id '${id}' is not recognised`, { javaClass: 'java.lang.IllegalArgumentException' })
  }
  return zone
}

const utc: TimeZone = { id: 'UTC', offsetAt: () => 0, instantOf: localMs => localMs }

function fixedZone ([, sign, hours, minutes = '0', seconds = '0', millis = '0']: RegExpExecArray): TimeZone {
  const size = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(millis)
  const offset = sign === '-' ? -size : size
  const rest = Math.floor(size / 1000) % 60
  const id = offset === 0 ? 'UTC' : offsetText(offset, ':') + (rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`)
  return { id, offsetAt: () => offset, instantOf: localMs => localMs - offset }
}

/** An offset as `+08:00` or `+0800`; the seconds that offsets had before 1900 or so are left out. */
export function offsetText (offset: number, separator: string): string {
  const minutes = Math.floor(Math.abs(offset) / 60_000)
  return (offset < 0 ? '-' : '+') + [Math.floor(minutes / 60), minutes % 60].map(part => String(part).padStart(2, '0')).join(separator)
}

/** Abbreviations, standard and summer, that are the same wherever they are used. */
const shortNames: readonly (readonly [string, string, RegExp])[] = [
  ['UTC', 'UTC', /^(UTC|UT|Z|Zulu|Universal|Etc\/(UTC|UCT|Universal|Zulu))$/],
  ['GMT', 'BST', /^(Europe\/(London|Belfast|Jersey|Guernsey|Isle_of_Man)|GB)$/],
  ['GMT', 'IST', /^(Europe\/Dublin|Eire)$/],
  ['GMT', 'GMT', /^(GMT|GMT0|Greenwich|Etc\/(GMT|Greenwich)|Africa\/(Abidjan|Accra|Dakar)|Atlantic\/Reykjavik|Iceland)$/],
  ['WET', 'WEST', /^(Europe\/Lisbon|Portugal|Atlantic\/(Madeira|Canary)|WET)$/],
  ['EET', 'EEST', /^(Europe\/(Athens|Helsinki|Kiev|Kyiv|Riga|Sofia|Tallinn|Vilnius|Bucharest|Chisinau)|EET|Africa\/Cairo|Egypt|Asia\/(Beirut|Nicosia))$/],
  ['MSK', 'MSD', /^(Europe\/Moscow|W-SU)$/],
  ['CET', 'CEST', /^(Europe\/(Amsterdam|Andorra|Belgrade|Berlin|Bratislava|Brussels|Budapest|Busingen|Copenhagen|Gibraltar|Ljubljana|Luxembourg|Madrid|Malta|Monaco|Oslo|Paris|Podgorica|Prague|Rome|San_Marino|Sarajevo|Skopje|Stockholm|Tirane|Vaduz|Vatican|Vienna|Warsaw|Zagreb|Zurich)|CET|MET|Poland)$/],
  ['CST', 'CDT', /^(Asia\/(Shanghai|Chongqing|Chungking|Harbin|Taipei|Macau)|PRC|ROC|America\/(Chicago|Mexico_City|Winnipeg)|US\/Central|CST6CDT)$/],
  ['JST', 'JDT', /^(Asia\/Tokyo|Japan)$/],
  ['KST', 'KDT', /^(Asia\/(Seoul|Pyongyang)|ROK)$/],
  ['HKT', 'HKST', /^(Asia\/Hong_Kong|Hongkong)$/],
  ['SGT', 'SGT', /^(Asia\/Singapore|Singapore)$/],
  ['IST', 'IST', /^Asia\/(Kolkata|Calcutta)$/],
  ['EST', 'EDT', /^(America\/(New_York|Detroit|Toronto)|US\/Eastern|EST5EDT|EST)$/],
  ['MST', 'MDT', /^(America\/(Denver|Boise|Phoenix|Edmonton)|US\/(Mountain|Arizona)|MST7MDT|MST)$/],
  ['PST', 'PDT', /^(America\/(Los_Angeles|Vancouver|Tijuana)|US\/Pacific|PST8PDT)$/],
  ['AEST', 'AEDT', /^Australia\/(Sydney|Melbourne|Brisbane|Hobart|Canberra|ACT|NSW|Queensland|Victoria|Tasmania)$/],
  ['NZST', 'NZDT', /^(Pacific\/Auckland|NZ)$/]
]

/** The abbreviation of a zone at an instant, such as CEST, where it is a common one; else its offset, such as +05:45. */
export function zoneShortName (zone: TimeZone, ms: number): string {
  const names = shortNames.find(([, , ids]) => ids.test(zone.id))
  if (names === undefined) return offsetText(zone.offsetAt(ms), ':')
  return zone.offsetAt(ms) === standardOffset(zone, ms) ? names[0] : names[1]
}

/** The smaller offset of the year around an instant: summer time adds to it. */
function standardOffset (zone: TimeZone, ms: number): number {
  const quarter = 91 * 86_400_000
  return Math.min(...[-2, -1, 0, 1, 2].map(n => zone.offsetAt(ms + n * quarter)))
}
