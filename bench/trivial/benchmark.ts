import { barPlots } from '../harness/bar-plot.ts'
import type { Benchmark, BenchmarkResult, Effort, Row } from '../harness/benchmark.ts'
import { contendersOf, ratioOf, spreadOf, variantsOf } from '../harness/comparison.ts'
import { type Contender, offloop, program } from '../harness/contender.ts'
import { inTurn } from '../harness/in-turn.ts'
import { cpuSeconds } from '../harness/process-figures.ts'
import { ratioTargetLine } from '../harness/ratio-target.ts'
import { number, ratioCell, table } from '../harness/table.ts'
import { CONNECTIONS, sendHashes, WARM_UP_SECONDS } from './hash-load.ts'

const SIZE = { processes: 2, threads: 2 }

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
      await sendHashes(server.url + contender.path, 1)
    }
  },

  async measure(effort: Effort) {
    const rows: Row[] = []
    for (const [variant, settings] of Object.entries(VARIANTS)) {
      await inTurn({
        contenders: CONTENDERS,
        settings: () => settings,
        effort,
        warmUpSeconds: WARM_UP_SECONDS,
        async measure(server, contender, seconds) {
          const before = cpuSeconds(server.pid)
          const { answered, seconds: took } = await sendHashes(server.url + contender.path, seconds)
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

const ABOUT = `SHA-256 of seven bytes, by ${CONNECTIONS} connections that wait for their answers; each server has ${SIZE.processes} processes of ${SIZE.threads} threads, and is asked for \
${WARM_UP_SECONDS} s before anything counts, because V8 goes on compiling for so long. \
*The floor* is ${FLOOR}. Every answer has the right digest.`

const HELD_BACK = `**What holds it back.** Seven bytes are hashed in a few microseconds: all that is measured is what stands around a task. Where the \
processor time of a request went with the access log off, both warm, in microseconds by threads (from \`/proc\`, 7 s): event loops 310, with ${FASTIFY} \
116; threads 132 and 44; V8's helpers 28 and 5. In the event loop's part nothing stands out (\`perf\`, 11,000 samples): to write the answer takes 9 % of it, to \
wake up 5, to post the message 4, and nothing else 3. It is an id, a trace, limits for slow clients, admission and fair queue, \
deadlines and cancellation, security headers, Express, where the time went and metrics; on the thread a fingerprint of the input, word of the run on the board, validation \
and encoding. Without the fingerprint (\`OFFLOOP_QUARANTINE_MS=0\`) it is 1.17 times as many requests; 64 connections, one thread instead of two or threads \
at normal priority change little. It is a third of a millisecond a request more than with Fastify: 2 % of a task that computes for 20 ms. Who runs tasks of \
microseconds by the thousand should put many into one request. Flame graphs: \
[an event loop](benchmarks/hot-path-event-loop.svg), [a thread](benchmarks/hot-path-thread.svg), which stands in \`postMessage\` for more than half of the time because the event \
loop that this wakes takes its CPU (\`npm run bench -- flame-graph\`). What was removed, and before and after: [architecture.md](architecture.md).`
