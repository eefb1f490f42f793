import { date, double, int, long, quickstart, record, string, timestamp } from './avro.ts'
import { addresses, email, firstName, lastName, list, nth, people, scattered } from './samples.ts'

const customerIds = list(150, i => 10 + i * 6)
const genders = ['Female', 'Male', 'Other']
const newYear = 1609459200000

export const business = {
  stock_trades: quickstart('symbol', 'ksql.StockTrade', {
    side: string.oneOf(['BUY', 'SELL']),
    quantity: int.range(1, 5000),
    symbol: string.oneOf(['ZAAA', 'ZBBB', 'ZCCC', 'ZDDD', 'ZEEE', 'ZFFF', 'ZGGG']),
    price: int.range(5, 1000),
    account: string.oneOf(['ABC123', 'LMN456', 'XYZ789']),
    userid: string.regex('User_[1-9]')
  }),
  campaign_finance: quickstart('candidate_id', 'datagen.campaign_finance', {
    time: long.range(1587715775521, 1619273364600),
    candidate_id: string.regex('[A-Z][1-9]{8,8}'),
    party_affiliation: string.oneOf(['REP', 'DEM', 'IND']),
    contribution: int.range(20, 3500)
  }),
  insurance_offers: quickstart('offer_id', 'insurance.insurance_offers', { offer_id: 'int', offer_name: 'string', offer_url: 'string' },
    ['new_home_policy', 'new_auto_policy', 'discount_existing', 'safe_driver_program', 'no_offer'].map((offer, i) => ({ offer_id: i + 1, offer_name: offer, offer_url: `https://www.example.com/offers/${offer}` }))),
  insurance_customers: quickstart('customer_id', 'insurance.insurance_customers', {
    customer_id: 'int', first_name: 'string', last_name: 'string', email: 'string', gender: 'string', income: 'int', fico: 'int', years_active: 'int'
  }, customerIds.map((id, i) => ({
    customer_id: id, first_name: firstName(i), last_name: lastName(i), email: email(i), gender: nth(genders, i),
    income: 30000 + scattered(i, 400000), fico: 300 + scattered(i, 550), years_active: 1 + scattered(i, 45)
  }))),
  insurance_customer_activity: quickstart('activity_id', 'insurance.insurance_customer_activity', {
    activity_id: int.count(1),
    customer_id: int.oneOf(customerIds),
    activity_type: string.oneOf(['web_open', 'mobile_open', 'new_account']),
    propensity_to_churn: double.range(0.01, 1),
    ip_address: string.oneOf(addresses.slice(0, 50))
  }),
  gaming_games: quickstart('id', 'gaming.gaming_games', {
    id: int.range(1000, 5000),
    room_name: string.oneOf(['Arcade', 'Survival', 'Classic'].flatMap(game => ['Rookie', 'Skilled', 'Expert'].map(level => `${game} -- ${level}`))),
    created_date: timestamp.count(newYear, 100000)
  }),
  gaming_players: quickstart('player_id', 'gaming.gaming_players', { player_id: 'int', player_name: 'string', ip: 'string' },
    people.map((name, i) => ({ player_id: 1001 + i, player_name: name, ip: nth(addresses, i) }))),
  gaming_player_activity: quickstart('player_id', 'gaming.gaming_player_activity', {
    player_id: int.range(1001, 1101), game_room_id: int.range(1000, 5000), points: int.range(10, 500), coordinates: string.regex('\\[[0-9][0-9],[0-9][0-9]\\]')
  }),
  payroll_employee: quickstart('employee_id', 'payroll.payroll_employee', {
    employee_id: 'int', first_name: 'string', last_name: 'string', age: 'int', ssn: 'string', hourly_rate: 'int', gender: 'string', email: 'string'
  }, list(100, i => ({
    employee_id: 1000 + i, first_name: firstName(i), last_name: lastName(i), age: 20 + scattered(i, 45), ssn: `900-${10 + scattered(i, 60)}-${1000 + scattered(i, 9000)}`,
    hourly_rate: 15 + scattered(i, 30), gender: nth(genders, i).toLowerCase(), email: email(i)
  }))),
  payroll_employee_location: quickstart('employee_id', 'payroll.payroll_employee_location', {
    employee_id: int.range(1000, 1100), lab: string.regex('lab-\\d{1}'), department_id: int.range(1, 10), arrival_date: date.range(18000, 19000)
  }),
  payroll_bonus: quickstart('employee_id', 'payroll.payroll_bonus', {
    employee_id: int.range(1000, 1100), bonus: int.range(10, 50), ts: timestamp.range(newYear, 1640995199000)
  })
}

const vehicle = int.range(1000, 9999)
const endpoint = (name: string): ReturnType<typeof record> => record(name, { ip: string.oneOf(addresses), port: int.range(10000, 99999) })
const words = string.regex('[a-z ]{10,15}')
const product = string.regex('[a-z]{5}')

export const machines = {
  fleet_mgmt_description: quickstart('vehicle_id', 'fleet_mgmt.fleet_mgmt_description', {
    vehicle_id: vehicle, driver_name: string.oneOf(people), license_plate: string.regex('[A-Z]{2}\\d{6}[A-Z]')
  }),
  fleet_mgmt_location: quickstart('vehicle_id', 'fleet_mgmt.fleet_mgmt_location', {
    vehicle_id: vehicle,
    location: record('location', { latitude: 'double', longitude: 'double' }, list(30, i => ({ latitude: 37 + scattered(i, 4000) / 1000, longitude: -122 + scattered(i + 30, 6000) / 1000 }))),
    ts: timestamp.count(newYear, 100000)
  }),
  fleet_mgmt_sensors: quickstart('vehicle_id', 'fleet_mgmt.fleet_mgmt_sensors', { vehicle_id: vehicle, engine_temperature: int.range(150, 250), average_rpm: int.range(1800, 5000) }),
  syslog_logs: quickstart('host', 'syslogs.syslog_logs', {
    name: string.regex('[a-zA-Z]{5,8}'),
    type: string.oneOf(['RFC5424', 'RFC3164', 'RFC3195', 'RFC6587']),
    message: words,
    host: string.oneOf(addresses.slice(0, 10)),
    version: string.oneOf(['3.25.1']),
    tag: string.oneOf(['.source.s_src']),
    level: int.range(0, 191),
    facility: string.oneOf(['syslog', 'authpriv', 'cron']),
    severity: int.range(0, 8),
    appName: string.regex('[A-Z]{5,8}'),
    remoteAddress: string.oneOf(addresses.slice(10, 20)),
    rawMessage: words,
    processId: string.regex('[1-9]{1}[0-9]{6}'),
    messageId: string.regex('[1-9]{1}[0-9]{2}'),
    deviceVendor: product,
    deviceProduct: product,
    deviceVersion: string.oneOf(['1.0', '2.0', '3.0', '4.0', '5.0']),
    ts: long.count(newYear, 100)
  }),
  device_information: quickstart('device_ip', 'device_information.device_information', {
    device_ip: string.oneOf(addresses),
    mac_address: string.oneOf(list(50, i => `02-00-00-00-${(16 + i).toString(16).toUpperCase()}-01`)),
    owner: string.oneOf(people)
  }),
  siem_logs: quickstart('hostname', 'siem_logs.siem_logs', {
    hostname: string.oneOf(addresses),
    action: string.oneOf(['allow', 'deny']),
    l4: string.oneOf(['tcp']),
    access_group: string.oneOf(list(5, i => `group-${i + 1}`)),
    source: endpoint('source'),
    destination: endpoint('destination')
  })
}
