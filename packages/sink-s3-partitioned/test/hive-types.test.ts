import { schema } from '@tributary/plugin'
import t from 'tap'
import { quotedType, unionOf } from '../src/hive-type-union.ts'
import { columnsOf } from '../src/hive-types.ts'
import { tableInText } from '../src/table.ts'

t.test('types widen where every value stays what it was, else the old one stays', async t => {
  const cases: readonly (readonly [old: string, seen: string, both: string])[] = [
    ['int', 'bigint', 'bigint'], ['bigint', 'int', 'bigint'], ['tinyint', 'smallint', 'smallint'], ['int', 'double', 'double'], ['bigint', 'double', 'double'], ['float', 'double', 'double'], ['int', 'float', 'double'],
    ['array<int>', 'array<bigint>', 'array<bigint>'], ['map<string,int>', 'map<string,double>', 'map<string,double>'],
    ['struct<a:int,b:array<struct<c:int>>>', 'struct<b:array<struct<c:bigint,d:decimal(3,1)>>,e:string>', 'struct<a:int,b:array<struct<c:bigint,d:decimal(3,1)>>,e:string>'],
    ['STRUCT<a: int, b: decimal(10, 2)>', 'struct<a:int,b:decimal(10, 2)>', 'STRUCT<a: int, b: decimal(10, 2)>']
  ]
  for (const [old, seen, both] of cases) {
    const union = unionOf([{ name: 'x', type: old }], [{ name: 'x', type: seen }])
    t.same({ columns: union.columns, widened: union.widened.length, conflicts: union.conflicts }, { columns: [{ name: 'x', type: both }], widened: old === both ? 0 : 1, conflicts: [] }, `${old} and ${seen}`)
  }
  for (const [old, seen] of [['string', 'bigint'], ['bigint', 'string'], ['decimal(10,2)', 'decimal(12,2)'], ['array<int>', 'int'], ['timestamp', 'bigint'], ['uniontype<int,string>', 'int']]) {
    t.same(unionOf([{ name: 'x', type: old! }], [{ name: 'x', type: seen! }]), { columns: [{ name: 'x', type: old }], added: [], widened: [], conflicts: [`x is ${old} and stays so, though records have it as ${seen}.`] })
  }
  t.match(unionOf([{ name: 'x', type: 'struct<a:struct<b:string>>' }], [{ name: 'X', type: 'struct<a:struct<b:int>>' }]).conflicts, ['x.a.b is string and stays so, though records have it as int.'])
})

t.test('members of structs stand in quotes, since many names are words of the language', async t => {
  t.equal(quotedType('array<struct<date:date,to:map<string,struct<order:decimal(38,2)>>>>'), 'array<struct<`date`:date,`to`:map<string,struct<`order`:decimal(38,2)>>>>')
})

t.test('decimals that Hive has not are what their files hold', async t => {
  const struct = schema.struct([['ok', schema.decimal(2)], ['deep', schema.decimal(39)], ['negative', schema.decimal(-2)], ['nothing', schema.struct([])]])
  const types = (json: 'BASE64' | 'NUMERIC' | null): string[] => columnsOf(struct, { json, leftOut () {}, recased () {} }).map(({ name, type }) => `${name} ${type}`)
  t.same(types(null), ['ok decimal(38,2)', 'deep binary', 'negative binary'])
  t.same(types('NUMERIC'), ['ok decimal(38,2)', 'deep double', 'negative double'])
  t.same(types('BASE64'), ['ok string', 'deep string', 'negative string'])
})

t.test('a file of statements tells what the table has', async t => {
  const text = 'CREATE EXTERNAL TABLE IF NOT EXISTS `d`.`t` (\n  `a` int,\n  `b``c` struct<`x`:decimal(3,1),`y`:int>\n)\nPARTITIONED BY (`p` string, `q` string)\nROW FORMAT SERDE \'x\';\n' +
    'CREATE EXTERNAL TABLE IF NOT EXISTS `d`.`other` (\n  `z` int\n)\nROW FORMAT SERDE \'x\';\nALTER TABLE `d`.`t` ADD COLUMNS (\n  `d` string\n);\nALTER TABLE `d`.`t` CHANGE COLUMN `a` `a` bigint;\n' +
    'CREATE EXTERNAL TABLE IF NOT EXISTS `d`.`t` (\n  `ignored` int\n)\nROW FORMAT SERDE \'x\';\n'
  t.same(tableInText(text, { database: 'd', table: 't' }), {
    columns: [{ name: 'a', type: 'bigint' }, { name: 'b`c', type: 'struct<x:decimal(3,1),y:int>' }, { name: 'd', type: 'string' }], partitionColumns: ['p', 'q']
  })
  t.same(tableInText(text, { database: 'd', table: 'other' }), { columns: [{ name: 'z', type: 'int' }], partitionColumns: [] })
  t.equal(tableInText(text, { database: 'd', table: 'none' }), null)
})
