import { barPlots } from '../harness/bar-plot.ts'
import type { Benchmark, BenchmarkResult, Effort, Row } from '../harness/benchmark.ts'
import { contendersOf, ratioOf, spreadOf, variantsOf } from '../harness/comparison.ts'
import { type Contender, offloop, program } from '../harness/contender.ts'
import { inTurn } from '../harness/in-turn.ts'
import { cpuSeconds } from '../harness/process-figures.ts'
import { sendSmallRequests } from '../harness/small-requests.ts'
import { number, ratioCell, table } from '../harness/table.ts'

const SIZE = { processes: 2, threads: 2 }
const CONNECTIONS = 16
const BODY = 'offloop'
/** SHA-256 of the body, as `sha256sum` prints it. */
const DIGEST = '3b51fadb186c8771e4249f9a98c0ae5d2fcbceb562265821b137d7f3a937db4b'

const FLOOR = 'node:http + Piscina'
const FASTIFY = 'Fastify + Piscina'
const CONTENDERS: readonly Contender[] = [
  offloop('/api/tasks/hash', SIZE),
  program('Express + Piscina', 'express-piscina-hash.mjs', '/hash', SIZE),
  program(FASTIFY, 'fastify-piscina-hash.mjs', '/hash', SIZE),
  program(FLOOR, 'node-http-piscina-hash.mjs', '/hash', SIZE),
]
const VARIANTS = {
  'access log off': { OFFLOOP_ACCESS_LOG_ONE_IN: '0', ACCESS_LOG: 'off' },
  'access log on': { OFFLOOP_ACCESS_LOG_ONE_IN: '1', ACCESS_LOG: 'on' },
}

export const trivial: Benchmark = {
  name: 'trivial',
  title: 'A trivial task: what it costs to hand work to a thread',

  async check() {
    for (const contender of CONTENDERS) {
      await using server = await contender.start()
      await load(server.url, contender, 1)
    }
  },

  async measure(effort: Effort) {
    const rows: Row[] = []
    for (const [variant, settings] of Object.entries(VARIANTS)) {
      await inTurn({
        contenders: CONTENDERS,
        settings: () => settings,
        effort,
        async measure(server, contender, seconds) {
          const before = cpuSeconds(server.pid)
          const { answered, seconds: took } = await load(server.url, contender, seconds)
          return { answered, took, cpu: cpuSeconds(server.pid) - before }
        },
        onRound(contender, round, { answered = 0, took = 0, cpu = 0 }) {
          const figures = { perSecond: answered / took, cpuMs: (cpu * 1000) / answered }
          rows.push({ contender: contender.name, variant, round, figures })
        },
      })
    }
    return rows
  },

  describe({ rows }: BenchmarkResult) {
    const lines = variantsOf(rows).flatMap((variant) =>
      contendersOf(rows).map((contender) => {
        const to = (other: string) =>
          ratioCell(ratioOf(rows, { contender, variant }, { contender: other, variant }, 'perSecond'))
        const figure = (name: string) => number(spreadOf(rows, { contender, variant }, name)?.median)
        return [`${contender}, ${variant}`, figure('perSecond'), to(FASTIFY), to(FLOOR), figure('cpuMs')]
      }),
    )
    const head = ['', 'requests a second', `to ${FASTIFY}`, 'to the floor', 'CPU ms a request']
    return `SHA-256 of seven bytes, by ${CONNECTIONS} connections that wait for their answers. *The floor* is ${FLOOR}.\n\n${table(head, lines)}`
  },

  plots({ rows }: BenchmarkResult) {
    const groups = variantsOf(rows).map((variant) => ({
      title: `Requests a second, ${variant}`,
      bars: contendersOf(rows).map((contender) => {
        const value = spreadOf(rows, { contender, variant }, 'perSecond')?.median ?? 0
        return { label: contender, value, note: number(value) }
      }),
    }))
    return { '': barPlots(groups) }
  },
}

function load(url: string, { path }: Contender, seconds: number) {
  const request = { contentType: 'application/octet-stream', body: BODY, expected: DIGEST }
  return sendSmallRequests({ url: url + path, ...request, connections: CONNECTIONS, seconds })
}
