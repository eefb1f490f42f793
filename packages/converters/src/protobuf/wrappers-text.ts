const types = { DoubleValue: 'double', FloatValue: 'float', Int64Value: 'int64', UInt64Value: 'uint64', Int32Value: 'int32', UInt32Value: 'uint32', BoolValue: 'bool', StringValue: 'string', BytesValue: 'bytes' }
const options = {
  java_package: '"com.google.protobuf"',
  java_outer_classname: '"WrappersProto"',
  java_multiple_files: 'true',
  go_package: '"google.golang.org/protobuf/types/known/wrapperspb"',
  cc_enable_arenas: 'true',
  objc_class_prefix: '"GPB"',
  csharp_namespace: '"Google.Protobuf.WellKnownTypes"'
}
const optionLines = Object.entries(options).map(([name, value]) => `option ${name} = ${value};\n`)
const messages = Object.entries(types).map(([name, type]) => `message ${name} {\n  ${type} value = 1 [json_name = "value"];\n}\n`)

/** Google's wrappers.proto as Confluent's converter registers it for scalars that stand alone: registries compare texts. */
export const wrappersText = `syntax = "proto3";\npackage google.protobuf;\n\n${optionLines.join('')}\n${messages.join('')}`
