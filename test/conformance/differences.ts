export interface Difference { readonly status: number, readonly why: string }

const readable = 'a mistake of the caller, told with a sentence that helps'

/**
 * Where Tributary answers differently from Java's Kafka Connect 4.3.1, on purpose: the name of the request, our status, and why.
 * docs/compatibility.md tells users the same.
 */
export const differences: Readonly<Record<string, Difference>> = {
  'validate without a class': { status: 400, why: readable },
  'validate an unknown class': { status: 400, why: readable },
  'validate without a body': { status: 400, why: readable },
  'create from nothing': { status: 400, why: readable },
  'create from no JSON': { status: 400, why: readable },
  'create from a list': { status: 400, why: readable },
  'create with an unknown member': { status: 400, why: readable },
  'create without a configuration': { status: 400, why: readable },
  'create without a class': { status: 400, why: 'the message shows keys without their values, which may be secrets' },
  'create with an unknown class': { status: 400, why: 'the message lists the connectors that there are, without Java\'s descriptions' },
  'create with an unknown state': { status: 400, why: readable },
  'create with an object as a value': { status: 400, why: readable },
  'put without a body': { status: 400, why: readable },
  'put a list': { status: 400, why: readable },
  'patch without a body': { status: 400, why: readable },
  'alter offsets without a body': { status: 400, why: readable },
  'alter offsets of an unknown shape': { status: 400, why: readable },
  'topics of an unknown connector': { status: 404, why: 'there is no such connector; Java answers with an empty list' },
  'stop an unknown connector': { status: 404, why: readable },
  'restart an unknown connector': { status: 404, why: readable },
  'restart an unknown connector with its tasks': { status: 404, why: 'the words of all other answers on unknown connectors' },
  'restart a task of an unknown connector': { status: 404, why: readable },
  'restart a task it does not have': { status: 404, why: 'the words of a distributed worker' },
  'create a paused sink': { status: 201, why: 'a paused connector has its tasks, paused; Java makes them when it is resumed' },
  'the sink is paused': { status: 200, why: 'a paused connector has its tasks, paused; Java makes them when it is resumed' }
}

/** The same for workers in a group. */
export const distributedDifferences: Readonly<Record<string, Difference>> = {
  'write tasks signed by an unknown algorithm': { status: 400, why: 'the message lists the algorithms that are allowed' },
  'write tasks that are no list': { status: 400, why: readable },
  'patch without a body': { status: 400, why: readable },
  'alter offsets without a body': { status: 400, why: readable },
  'alter offsets of an unknown shape': { status: 400, why: readable }
}
