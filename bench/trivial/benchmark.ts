import { barPlots } from '../harness/bar-plot.ts'
import type { Benchmark, BenchmarkResult, Effort, Row } from '../harness/benchmark.ts'
import { contendersOf, ratioOf, spreadOf, variantsOf } from '../harness/comparison.ts'
import { type Contender, offloop, program } from '../harness/contender.ts'
import { inTurn } from '../harness/in-turn.ts'
import { cpuSeconds } from '../harness/process-figures.ts'
import { sendSmallRequests } from '../harness/small-requests.ts'
import { ratioTargetLine } from '../harness/ratio-target.ts'
import { number, ratioCell, table } from '../harness/table.ts'

const SIZE = { processes: 2, threads: 2 }
const CONNECTIONS = 16
const BODY = 'offloop'
/** SHA-256 of the body, as `sha256sum` prints it. */
const DIGEST = '3b51fadb186c8771e4249f9a98c0ae5d2fcbceb562265821b137d7f3a937db4b'

const OFFLOOP = 'Offloop'
const FLOOR = 'node:http + Piscina'
const FASTIFY = 'Fastify + Piscina'
const CONTENDERS: readonly Contender[] = [
  offloop('/api/tasks/hash', SIZE, {}, OFFLOOP),
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
    const target = (other: string, value: number) =>
      ratioTargetLine({
        of: `Offloop to ${other}, in requests a second`,
        bound: 'at least',
        value,
        measured: variantsOf(rows).map((variant) => ({
          label: variant,
          ratio: ratioOf(rows, { contender: OFFLOOP, variant }, { contender: other, variant }, 'perSecond'),
        })),
      })
    return [ABOUT, table(head, lines), target(FASTIFY, 1), target(FLOOR, 0.8), HELD_BACK].join('\n\n')
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

const ABOUT = `SHA-256 of seven bytes, by ${CONNECTIONS} connections that wait for their answers; each server has ${SIZE.processes} processes of ${SIZE.threads} threads. \
*The floor* is ${FLOOR}. Every answer has the right digest.`

const HELD_BACK = `**What holds it back.** Seven bytes are hashed in a few microseconds: all that is measured is what stands around a task. Each taken apart, in a \
process of its own, in microseconds of processor time: the message to a thread and back 60; admission, fair queue, deadlines and cancellation \
on the one side, fingerprint, validation and encoding on the other 100; HTTP 135, where bare node:http takes 45: an id, a trace, security headers, \
limits for slow clients, where the time went, metrics. The rest of the half millisecond is what becomes of all that on two cores. \
Threads step back for event loops (\`OFFLOOP_THREAD_NICE\`) and keep event loops of their own, so they fall asleep and are woken for nearly every \
request, which takes 60 to 160 µs on a virtual machine; Piscina's threads block until the next message is there, and are rarely asleep. \
It is a third of a millisecond a request more than with Fastify: 2 % of a task that computes for 20 ms. Who runs tasks of microseconds by the thousand \
should put many into one request. What was removed, and before and after: [architecture.md](architecture.md).`

function load(url: string, { path }: Contender, seconds: number) {
  const request = { contentType: 'application/octet-stream', body: BODY, expected: DIGEST }
  return sendSmallRequests({ url: url + path, ...request, connections: CONNECTIONS, seconds })
}
