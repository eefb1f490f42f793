import { timeZone } from './time-zone.ts'
import type { TimeZone } from './time-zone.ts'

/** A name of a zone that text can have. */
export interface ZoneName {
  readonly length: number
  /** Milliseconds since 1970 of a local time in it. */
  readonly instantOf: (localMs: number) => number
}

/**
 * Zones with their English names, as SimpleDateFormat of Java 17 finds them: those of standard time, then behind a semicolon those of summer time.
 * Where both are the same, behind a second one, the zone tells which it is.
 */
const names = `
UTC: ; ; Coordinated Universal Time, UTC
America/Los_Angeles: Pacific Standard Time, PST; Pacific Daylight Time, PDT
America/Denver: Mountain Standard Time, MST; Mountain Daylight Time, MDT
America/Chicago: Central Standard Time, CST; Central Daylight Time, CDT
America/New_York: Eastern Standard Time, EST; Eastern Daylight Time, EDT
Pacific/Honolulu: Hawaii-Aleutian Standard Time, HST; ; Hawaii-Aleutian Daylight Time, HDT
America/Anchorage: Alaska Standard Time, AKST; Alaska Daylight Time, AKDT
America/Halifax: Atlantic Standard Time, AST; Atlantic Daylight Time, ADT
America/St_Johns: Newfoundland Standard Time, NST; Newfoundland Daylight Time, NDT
Europe/Paris: Central European Standard Time, CET; Central European Summer Time, CEST
GMT: ; ; Greenwich Mean Time, GMT
Asia/Jerusalem: Israel Standard Time, IST; Israel Daylight Time, IDT
Asia/Tokyo: Japan Standard Time, JST; ; Japan Daylight Time, JDT
Europe/Bucharest: Eastern European Standard Time, EET; Eastern European Summer Time, EEST
Asia/Shanghai: China Standard Time; ; China Daylight Time
ACT: Australian Central Standard Time, ACST; ; Australian Central Daylight Time, ACDT
AET: Australian Eastern Standard Time, AEST; Australian Eastern Daylight Time, AEDT
BET: Brasilia Standard Time, BRT; ; Brasilia Summer Time, BRST
BST: Bangladesh Standard Time, BDT; ; Bangladesh Summer Time, BDST
CAT: Central Africa Time, CAT; ; Central African Summer Time, CAST
EAT: East Africa Time, EAT; ; Eastern African Summer Time, EAST
MIT: Apia Standard Time, WSST; ; Apia Daylight Time, WSDT
NET: Armenia Standard Time, AMT; ; Armenia Summer Time, AMST
NST: New Zealand Standard Time, NZST; New Zealand Daylight Time, NZDT
PLT: Pakistan Standard Time, PKT; ; Pakistan Summer Time, PKST
SST: Solomon Islands Time, SBT; ; Solomon Is. Summer Time, SBST
Asia/Aden: Arabian Standard Time; ; Arabian Daylight Time
Asia/Baku: Azerbaijan Standard Time, AZT; ; Azerbaijan Summer Time, AZST
Asia/Dili: TLT; ; Timor-Leste Summer Time, TLST
Asia/Hovd: Hovd Standard Time, HOVT; ; Hovd Summer Time, HOVST
Asia/Omsk: Omsk Standard Time, OMST; ; Omsk Summer Time, OMSST
Asia/Oral: West Kazakhstan Time, ORAT; ; Oral Summer Time, ORAST
Asia/Aqtau: AQTT; ; Aqtau Summer Time, AQTST
Asia/Chita: Yakutsk Standard Time, YAKT; ; Yakutsk Summer Time, YAKST
Asia/Dubai: Gulf Standard Time, GST; ; Gulf Daylight Time, GDT
Asia/Kabul: Afghanistan Time, AFT; ; Afghanistan Summer Time, AFST
Asia/Seoul: Korean Standard Time, KST; ; Korean Daylight Time, KDT
Asia/Almaty: ALMT; ; Alma-Ata Summer Time, ALMST
Asia/Anadyr: Anadyr Standard Time, ANAT; ; Anadyr Summer Time, ANAST
Asia/Aqtobe: ; ; Aqtobe Summer Time
Asia/Atyrau: ; ; Atyrau Daylight Time
Asia/Brunei: Brunei Darussalam Time, BNT; ; Brunei Summer Time, BNST
Asia/Manila: Philippine Standard Time; ; Philippine Summer Time
Asia/Saigon: Indochina Time, ICT; ; Indochina Summer Time, ICST
Asia/Taipei: Taipei Standard Time; ; Taipei Daylight Time
Asia/Tehran: Iran Standard Time, IRST; ; Iran Daylight Time, IRDT
Indian/Mahe: Seychelles Time, SCT; ; Seychelles Summer Time, SCST
Pacific/Yap: Chuuk Time, CHUT; ; Chuuk Summer Time, CHUST
Africa/Accra: ; ; Ghana Summer Time, GHST
Africa/Lagos: West Africa Standard Time, WAT; ; West Africa Summer Time, WAST
America/Adak: HAST; HADT
America/Lima: Peru Standard Time, PET; ; Peru Summer Time, PEST
Asia/Bishkek: Kyrgyzstan Time, KGT; ; Kirgizstan Summer Time, KGST
Asia/Colombo: India Standard Time; ; India Daylight Time
Asia/Irkutsk: Irkutsk Standard Time, IRKT; ; Irkutsk Summer Time, IRKST
Asia/Jakarta: Western Indonesia Time, WIB; ; West Indonesia Summer Time, WIST
Asia/Kuching: Malaysia Time, MYT; ; Malaysia Summer Time, MYST
Asia/Magadan: Magadan Standard Time, MAGT; ; Magadan Summer Time, MAGST
Asia/Rangoon: Myanmar Time, MMT; ; Myanmar Summer Time, MMST
Asia/Tbilisi: Georgia Standard Time, GET; ; Georgia Summer Time, GEST
Asia/Thimphu: Bhutan Time, BTT; ; Bhutan Summer Time, BTST
Europe/Minsk: Moscow Standard Time, MSK; ; Moscow Summer Time, MSD
Indian/Cocos: Cocos Islands Time, CCT; ; Cocos Islands Summer Time, CCST
Pacific/Fiji: Fiji Standard Time, FJT; ; Fiji Summer Time, FJST
Pacific/Guam: Chamorro Standard Time, ChST; ; Chamorro Daylight Time, ChDT
Pacific/Niue: Niue Time, NUT; ; Niue Summer Time, NUST
Pacific/Wake: Wake Island Time, WAKT; ; Wake Summer Time, WAKST
SystemV/PST8: ; ; Pitcairn Time
SystemV/YST9: ; ; Gambier Time
Africa/Maseru: South Africa Standard Time; ; SAST, South Africa Summer Time
America/Jujuy: Argentina Standard Time, ART; ; Argentina Summer Time, ARST
Asia/Ashgabat: Turkmenistan Standard Time, TMT; ; Turkmenistan Summer Time, TMST
Asia/Dushanbe: Tajikistan Time, TJT; ; Tajikistan Summer Time, TJST
Asia/Jayapura: WIT; ; EIST
Asia/Katmandu: Nepal Time, NPT; ; Nepal Summer Time, NPST
Asia/Makassar: Central Indonesia Time; ; Central Indonesia Summer Time, CIST
Asia/Qostanay: QOST; ; Kostanay Summer Time, QOSST
Asia/Sakhalin: Sakhalin Standard Time, SAKT; ; Sakhalin Summer Time, SAKST
Asia/Tashkent: Uzbekistan Standard Time, UZT; ; Uzbekistan Summer Time, UZST
Asia/Ust-Nera: Vladivostok Standard Time, VLAT; ; Vladivostok Summer Time, VLAST
Europe/Dublin: ; Irish Standard Time
Europe/Jersey: ; British Summer Time, BST
Europe/Lisbon: Western European Standard Time, WET; Western European Summer Time, WEST
Europe/Samara: Samara Standard Time, SAMT; ; Samara Summer Time, SAMST
Indian/Chagos: Indian Ocean Time, IOT; ; Indian Ocean Territory Summer Time, IOST
Pacific/Efate: Vanuatu Standard Time, VUT; ; Vanuatu Summer Time, VUST
Pacific/Nauru: Nauru Time, NRT; ; Nauru Summer Time, NRST
Pacific/Palau: Palau Time, PWT; ; Palau Summer Time, PWST
America/Bogota: Colombia Standard Time, COT; ; Colombia Summer Time, COST
America/Cuiaba: Amazon Standard Time; ; Amazon Summer Time
America/Guyana: Guyana Time, GYT; ; Guyana Summer Time, GYST
America/Havana: Cuba Standard Time; Cuba Daylight Time
America/La_Paz: Bolivia Time, BOT; ; Bolivia Summer Time, BOST
Asia/Hong_Kong: Hong Kong Standard Time, HKT; ; Hong Kong Summer Time, HKST
Asia/Qyzylorda: QYZT; ; Qyzylorda Summer Time, QYZST
Asia/Singapore: Singapore Standard Time, SGT; ; Singapore Summer Time, SGST
Indian/Reunion: Réunion Time, RET; ; Reunion Summer Time, REST
Pacific/Easter: ; EASST
Pacific/Kosrae: Kosrae Time, KOST; ; Kosrae Summer Time, KOSST
Pacific/Majuro: Marshall Islands Time, MHT; ; Marshall Islands Summer Time, MHST
Pacific/Midway: Samoa Standard Time, SST; ; Samoa Daylight Time, SDT
Pacific/Noumea: New Caledonia Standard Time, NCT; ; New Caledonia Summer Time, NCST
Pacific/Ponape: Ponape Time, PONT; ; Pohnpei Summer Time, PONST
Pacific/Tahiti: Tahiti Time, TAHT; ; Tahiti Summer Time, TAHST
Pacific/Tarawa: Gilbert Islands Time, GILT; ; Gilbert Is. Summer Time, GILST
Pacific/Wallis: Wallis & Futuna Time, WFT; ; Wallis & Futuna Summer Time, WFST
America/Caracas: Venezuela Time, VET; ; Venezuela Summer Time, VEST
America/Cayenne: French Guiana Time, GFT; ; French Guiana Summer Time, GFST
America/Godthab: WGT; WGST
America/Noronha: Fernando de Noronha Standard Time, FNT; ; Fernando de Noronha Summer Time, FNST
Asia/Choibalsan: Ulaanbaatar Standard Time, CHOT; ; Ulaanbaatar Summer Time, CHOST
Atlantic/Azores: Azores Standard Time, AZOT; Azores Summer Time, AZOST
Australia/Eucla: Australian Central Western Standard Time, ACWST; ; Australian Central Western Daylight Time, ACWDT
Australia/Perth: Australian Western Standard Time, AWST; ; Australian Western Daylight Time, AWDT
Indian/Maldives: Maldives Time, MVT; ; Maldives Summer Time, MVST
Pacific/Chatham: Chatham Standard Time, CHAST; Chatham Daylight Time, CHADT
Pacific/Fakaofo: Tokelau Time, TKT; ; Tokelau Summer Time, TKST
Pacific/Gambier: GAMT; ; Gambier Summer Time, GAMST
Pacific/Norfolk: Norfolk Island Standard Time, NFT; Norfolk Island Daylight Time, NFST
America/Asuncion: Paraguay Standard Time, PYT; ; Paraguay Summer Time, PYST
America/Eirunepe: Acre Standard Time, ACT; ; Acre Summer Time
America/Mazatlan: Mexican Pacific Standard Time; ; Mexican Pacific Daylight Time
America/Miquelon: St. Pierre & Miquelon Standard Time, PMST; St. Pierre & Miquelon Daylight Time, PMDT
America/Santiago: Chile Standard Time, CLT; Chile Summer Time, CLST
Antarctica/Casey: Casey Time
Antarctica/Davis: Davis Time, DAVT; ; Davis Summer Time, DAVST
Antarctica/Syowa: Syowa Time, SYOT; ; Syowa Summer Time, SYOST
Asia/Krasnoyarsk: Krasnoyarsk Standard Time, KRAT; ; Krasnoyarsk Summer Time, KRAST
Asia/Novosibirsk: Novosibirsk Standard Time, NOVT; ; Novosibirsk Summer Time, NOVST
Asia/Ulaanbaatar: ULAT; ; ULAST
Atlantic/Stanley: Falkland Islands Standard Time, FKT; ; Falkland Islands Summer Time, FKST
Europe/Volgograd: Volgograd Standard Time; ; Volgograd Summer Time
Indian/Christmas: Christmas Island Time, CXT; ; Christmas Island Summer Time, CXST
Indian/Kerguelen: French Southern & Antarctic Time, TFT; ; French Southern & Antarctic Lands Summer Time, TFST
Indian/Mauritius: Mauritius Standard Time, MUT; ; Mauritius Summer Time, MUST
Pacific/Funafuti: Tuvalu Time, TVT; ; Tuvalu Summer Time, TVST
Pacific/Pitcairn: ; ; Pitcairn Daylight Time
America/Guayaquil: Ecuador Time, ECT; ; Ecuador Summer Time, ECST
Antarctica/Mawson: Mawson Time, MAWT; ; Mawson Summer Time, MAWST
Antarctica/Vostok: Vostok Time, VOST; ; VOSST
Pacific/Enderbury: Phoenix Islands Time, PHOT; ; Phoenix Is. Summer Time, PHOST
Pacific/Galapagos: Galapagos Time, GALT; ; Galapagos Summer Time, GALST
Pacific/Marquesas: Marquesas Time, MART; ; Marquesas Summer Time, MARST
Pacific/Rarotonga: Cook Islands Standard Time, CKT; ; Cook Islands Half Summer Time, CKHST
Pacific/Tongatapu: Tonga Standard Time, TOT; ; Tonga Summer Time, TOST
America/Montevideo: Uruguay Standard Time, UYT; ; Uruguay Summer Time, UYST
America/Paramaribo: Suriname Time, SRT; ; Suriname Summer Time, SRST
Antarctica/Rothera: Rothera Time, ROTT; ; Rothera Summer Time, ROTST
Asia/Yekaterinburg: Yekaterinburg Standard Time, YEKT; ; Yekaterinburg Summer Time, YEKST
Pacific/Kiritimati: Line Islands Time, LINT; ; Line Is. Summer Time, LINST
Atlantic/Cape_Verde: Cape Verde Standard Time, CVT; ; Cape Verde Summer Time, CVST
Australia/Lord_Howe: Lord Howe Standard Time, LHST; Lord Howe Daylight Time, LHDT
America/Santa_Isabel: Northwest Mexico Standard Time; Northwest Mexico Daylight Time
America/Scoresbysund: EGT; EGST
Pacific/Port_Moresby: Papua New Guinea Time, PGT; ; Papua New Guinea Summer Time, PGST
Atlantic/South_Georgia: South Georgia Time; ; South Georgia Daylight Time
Antarctica/DumontDUrville: Dumont-d’Urville Time, DDUT; ; Dumont-d'Urville Summer Time, DDUST
Asia/Kashgar: Xinjiang Standard Time, XJT; ; Xinjiang Daylight Time, XJDT
CET: Central European Time
Europe/Istanbul: Turkey Time, TRT; ; Turkey Summer Time, TRST
Asia/Tomsk: Tomsk Standard Time; ; Tomsk Daylight Time
HST: ; ; Hawaii Standard Time
Europe/Saratov: ; ; Saratov Standard Time
AGT: Argentine Time; ; Argentine Summer Time
Pacific/Bougainville: Bougainville Standard Time; ; Bougainville Daylight Time
Asia/Barnaul: Barnaul Standard Time; ; Barnaul Daylight Time
MET: Middle Europe Time, MET; Middle Europe Summer Time, MEST
Antarctica/Palmer: Chile Time
America/Punta_Arenas: ; ; Punta Arenas Standard Time
Europe/Kirov: ; ; Moscow Daylight Time
Pacific/Kanton: Kanton Standard Time; ; Kanton Daylight Time
Europe/Ulyanovsk: ; ; Ulyanovsk Standard Time
Asia/Srednekolymsk: Srednekolymsk Time, SRET; ; Srednekolymsk Daylight Time, SREDT
`

/** What a name is before its zone is asked for: a zone takes about a millisecond to make, and few are ever named. */
interface Listed {
  readonly lower: string
  readonly zoneId: string
  /** Which of the zone's times it is. */
  readonly time: 0 | 1 | 2
  /** undefined: not asked for yet; null: zone data older than these names may lack the zone. */
  found?: ZoneName | null
}

/** All names, the longest first; made when first asked for. */
let listed: readonly Listed[] | null = null

/** The longest name that a text has at a place, in any case; null if it has none. */
export function zoneNameAt (text: string, at: number): ZoneName | null {
  listed ??= names.trim().split('\n').flatMap(parsed).toSorted((a, b) => b.lower.length - a.lower.length)
  const rest = text.slice(at, at + listed[0]!.lower.length).toLowerCase()
  for (const one of listed) {
    if (!rest.startsWith(one.lower)) continue
    if (one.found === undefined) one.found = zoneName(one)
    if (one.found !== null) return one.found
  }
  return null
}

function parsed (line: string): Listed[] {
  const colon = line.indexOf(': ')
  return line.slice(colon + 2).split(';').flatMap((list, i) =>
    list.split(',').map(name => name.trim().toLowerCase()).filter(name => name !== '').map(lower => ({ lower, zoneId: line.slice(0, colon), time: i as 0 | 1 | 2 })))
}

function zoneName ({ lower, zoneId, time }: Listed): ZoneName | null {
  const zone = timeZone(zoneId)
  if (zone === null) return null
  return { length: lower.length, instantOf: time === 2 ? localMs => zone.instantOf(localMs) : standardTime(zone, time === 1 ? summerMs(zone) : 0) }
}

/** How far clocks are put forward in summer. */
function summerMs ({ id }: TimeZone): number { return id === 'Australia/Lord_Howe' ? 1_800_000 : 3_600_000 }

/** Local time that is said to be standard time, or `ahead` of it, whatever the zone has at that time. */
function standardTime (zone: TimeZone, ahead: number): (localMs: number) => number {
  const quarter = 91 * 86_400_000
  // The smaller offset of the year around: summer time adds to it.
  return localMs => localMs - ahead - Math.min(...[-2, -1, 0, 1, 2].map(n => zone.offsetAt(localMs + n * quarter)))
}
