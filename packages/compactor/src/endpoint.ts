/** Where S3 is: an option, else TRIBUTARY_S3 or AWS's own variables, else AWS itself. */
export function endpointOf (option: string | undefined): { endpoint?: string, region?: string } {
  const given = option ?? process.env['TRIBUTARY_S3'] ?? ''
  if (given === '') return {}
  const endpoint = given.includes('://') ? given : `https://${given}`
  // s3.cn-northwest-1.amazonaws.com.cn names the region; a server of one's own has none, but requests are signed with one.
  const [, region] = /(?:^|\/\/)s3[.-]([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\./.exec(endpoint) ?? []
  if (region !== undefined) return { region }
  if (/\.amazonaws\./.test(endpoint)) return {}
  return { endpoint, region: process.env['AWS_REGION'] ?? 'us-east-1' }
}
