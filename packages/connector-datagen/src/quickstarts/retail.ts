import { date, decimal, double, int, array, long, quickstart, record, string, timestamp, type Json } from './avro.ts'
import { addresses, cities, email, firstName, identifier, lastName, list, nth, scattered } from './samples.ts'

const shoeIds = list(200, identifier)
const customerIds = list(150, i => identifier(i + 1000))
const brands = ['Alpine', 'Breeze', 'Cinder', 'Dune']
const categories = ['pizza', 'calzone', 'salad', 'dessert', 'beverage']

const orderLine = (i: number): Json => {
  const [quantity, cents] = [1 + scattered(i, 5), 300 + scattered(i + 50, 2000)]
  return { product_id: 1 + i, category: nth(categories, i), quantity, unit_price: cents / 100, net_price: cents * quantity / 100 }
}
const orderLineType = record('order_line', { product_id: 'int', category: 'string', quantity: 'int', unit_price: 'double', net_price: 'double' }, list(100, orderLine))

export const retail = {
  orders: quickstart('orderid', 'ksql.orders', {
    ordertime: long.range(1487715775521, 1519273364600),
    orderid: int.count(0),
    itemid: string.regex('Item_[1-9][0-9]{0,2}'),
    orderunits: double.range(0.1, 10),
    address: record('address', { city: string.regex('City_[1-9]{0,2}'), state: string.regex('State_[1-9]{0,2}'), zipcode: long.range(10000, 99999) })
  }),
  ratings: quickstart('rating_id', 'ksql.ratings', {
    rating_id: long.count(1),
    user_id: int.range(-1, 20),
    stars: int.range(1, 5),
    route_id: int.range(1, 9999),
    rating_time: long.count(1, 12),
    channel: string.oneOf(['web', 'ios', 'iOS-test', 'android', 'phone']),
    message: string.oneOf(['Late again.', 'Friendly crew, thank you!', 'My seat was broken.', 'On time and quiet.', 'Never again.', 'Good coffee.', 'Where is my bag?'])
  }),
  inventory: quickstart('id', 'ksql.inventory', { id: long.count(0), quantity: long.count(0), productid: long.count(0) }),
  product: quickstart('id', 'ksql.product', { id: long.count(0), name: string.count(0), description: string.count(0), price: double.count(0) }),
  purchases: quickstart('id', 'datagen.example.purchase', {
    id: long.count(0),
    item_type: string.oneOf(['boots', 'shirt', 'hat', 'scarf', 'coat', 'socks', 'gloves', 'belt']),
    quantity: long.range(1, 10),
    price_per_unit: decimal(4, 2)
  }),
  transactions: quickstart('transaction_id', 'datagen.example.transactions', {
    transaction_id: long.count(1),
    card_id: long.range(1, 24),
    user_id: string.regex('User_[1-9]{0,1}'),
    purchase_id: long.count(0),
    store_id: int.range(1, 7)
  }),
  stores: quickstart('store_id', 'datagen.example.stores', { store_id: 'int', city: 'string', state: 'string' }, cities.map(([city, state], i) => ({ store_id: i + 1, city, state }))),
  credit_cards: quickstart('card_id', 'datagen.example.users', { card_id: 'int', card_number: 'long', cvv: 'int', expiration_date: 'string' }, list(24, i => ({
    card_id: i + 1, card_number: 4000000000000000 + scattered(i, 16000000), cvv: 100 + scattered(i + 30, 900), expiration_date: `${String(1 + i % 12).padStart(2, '0')}/${30 + i % 5}`
  }))),
  pizza_orders: quickstart('store_id', 'pizza_orders.pizza_orders', {
    store_id: int.range(1, 10),
    store_order_id: int.count(1000),
    coupon_code: int.range(1000, 2000),
    date: date.range(18000, 19000),
    status: string.oneOf(['accepted']),
    order_lines: array(orderLineType, { length: { min: 1, max: 5 } })
  }),
  pizza_orders_completed: quickstart('store_id', 'pizza_orders.pizza_orders_completed', {
    store_id: int.range(1, 10),
    store_order_id: int.count(1000, 2),
    date: date.range(18000, 19000),
    status: string.oneOf(['completed']),
    rack_time_secs: int.range(130, 230),
    order_delivery_time_secs: int.range(1100, 2000)
  }),
  pizza_orders_cancelled: quickstart('store_id', 'pizza_orders.pizza_orders_cancelled', {
    store_id: int.range(1, 10), store_order_id: int.count(1001, 2), date: date.range(18000, 19000), status: string.oneOf(['cancelled'])
  }),
  shoes: quickstart('id', 'shoes.shoe_product', { id: 'string', brand: 'string', name: 'string', sale_price: 'int', rating: 'double' }, shoeIds.map((id, i) => ({
    id, brand: nth(brands, i), name: `${nth(brands, i)} Runner ${100 + i}`, sale_price: 3995 + 500 * scattered(i, 20), rating: scattered(i, 50) / 10
  }))),
  shoe_customers: quickstart('id', 'shoes.shoe_customers', {
    id: 'string', first_name: 'string', last_name: 'string', email: 'string', phone: 'string', street_address: 'string', state: 'string', zip_code: 'string', country: 'string', country_code: 'string'
  }, customerIds.map((id, i) => ({
    id, first_name: firstName(i), last_name: lastName(i), email: email(i), phone: `202-555-${String(i).padStart(4, '0')}`, street_address: `${i + 1} Harbour Lane`,
    state: nth(cities, i)[1], zip_code: String(10001 + i * 37), country: 'United States', country_code: 'US'
  }))),
  shoe_orders: quickstart('order_id', 'shoes.shoe_orders', {
    order_id: int.count(1000), product_id: string.oneOf(shoeIds), customer_id: string.oneOf(customerIds), ts: timestamp.count(1609459200000, 100000)
  }),
  shoe_clickstream: quickstart('product_id', 'shoes.shoe_clickstream', {
    product_id: string.oneOf(shoeIds),
    user_id: string.oneOf(customerIds),
    view_time: int.range(10, 120),
    page_url: string.regex('https://www[.]example[.]com/product/[a-z]{5}'),
    ip: string.oneOf(addresses),
    ts: timestamp.count(1609457200000, 10000)
  })
}
