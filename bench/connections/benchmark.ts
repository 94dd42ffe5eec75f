import { readFileSync } from 'node:fs'
import { answeredRightly } from '../harness/answered-rightly.ts'
import type { Benchmark, Effort, Row } from '../harness/benchmark.ts'
import type { Contender } from '../harness/contender.ts'
import { inTurn } from '../harness/in-turn.ts'
import { type SmallRequests, sendSmallRequests } from '../harness/small-requests.ts'
import type { RunningServer } from '../harness/start-offloop.ts'
import { CONTROL, WAYS } from './contenders.ts'
import { CONNECTIONS, describe, plot, RELOADS } from './description.ts'
import { HeldConnections } from './held-connections.ts'
import { lostInReloads } from './reloads.ts'

type Request = Pick<SmallRequests, 'url' | 'method' | 'contentType' | 'body' | 'expected'>
interface Variant {
  readonly name: string
  readonly request: (url: string, contender: Contender) => Request
  readonly fresh?: NonNullable<SmallRequests['fresh']>
}

const CONTENDERS: readonly Contender[] = [...WAYS, CONTROL]
/** Of each way in each round. */
const RELOADS_A_ROUND = 3

/** More than a second has room for: a bound of the load, which is not to be reached. */
const FRESH = { maxRequests: 20_000 }

const light: Variant['request'] = (url) => {
  return { url: `${url}/livez`, method: 'GET', contentType: '', body: '', expected: '"status":"alive"' }
}
const task: Variant['request'] = (url, { path }) => ({
  url: url + path,
  contentType: 'application/octet-stream',
  body: 'offloop',
  // SHA-256 of the body, as `sha256sum` prints it.
  expected: '3b51fadb186c8771e4249f9a98c0ae5d2fcbceb562265821b137d7f3a937db4b',
})
const VARIANTS: readonly Variant[] = [
  { name: 'GET /livez, kept', request: light },
  { name: 'GET /livez, one each', request: light, fresh: FRESH },
  { name: 'trivial task, kept', request: task },
  { name: 'trivial task, one each', request: task, fresh: FRESH },
]

export const connections: Benchmark = {
  name: 'connections',
  title: 'Connections: three ways to accept them',

  async check() {
    for (const contender of CONTENDERS) {
      await using server = await contender.start()
      for (const { request } of VARIANTS) await answeredRightly(request(server.url, contender))
    }
  },

  async measure(effort: Effort) {
    const rows: Row[] = []
    const held = new HeldConnections()
    const tcpMigrateReq = Number(readFileSync('/proc/sys/net/ipv4/tcp_migrate_req', 'utf8'))
    await inTurn({
      contenders: CONTENDERS,
      effort: { ...effort, seconds: effort.seconds / 2 },
      measure: (server, contender, seconds) => askAll(held, server, contender, seconds / 2),
      onRound(contender, round, sums) {
        for (const { name } of VARIANTS) {
          const sum = (figure: string) => sums[`${name} ${figure}`] ?? 0
          const figures = {
            perSecond: sum('answered') / sum('took'),
            p99Ms: sum('p99Ms') / sum('turns'),
            busiestShare: sum('byBusiest') / Math.max(1, sum('byAll')),
            tcpMigrateReq,
          }
          rows.push({ contender: contender.name, variant: name, round, figures })
        }
      },
    })
    for (let round = 1; round <= effort.rounds; round++) {
      for (const way of WAYS) {
        const figures = { ...(await lostInReloads(way, RELOADS_A_ROUND)), tcpMigrateReq }
        rows.push({ contender: way.name, variant: RELOADS, round, figures })
      }
    }
    return rows
  },

  describe,
  plots: (result) => ({ '': plot(result) }),
}

/** All variants within a turn, half a turn each: a server is started once for all four. */
async function askAll(held: HeldConnections, server: RunningServer, contender: Contender, seconds: number) {
  const sums: Record<string, number> = {}
  for (const variant of VARIANTS) {
    const [answer, seen] = await held.during(server, () => load(server, contender, variant, seconds))
    const { answered, seconds: took, p99Ms } = answer
    for (const [figure, value] of Object.entries({ answered, took, p99Ms, turns: 1, ...seen })) {
      sums[`${variant.name} ${figure}`] = value
    }
  }
  return sums
}

function load({ url }: RunningServer, contender: Contender, { request, fresh }: Variant, seconds: number) {
  return sendSmallRequests({
    ...request(url, contender),
    ...(fresh && { fresh }),
    connections: CONNECTIONS,
    seconds,
  })
}
