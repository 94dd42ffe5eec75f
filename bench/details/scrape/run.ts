import { parseArgs } from 'node:util'
import { OPEN_METRICS, TEXT } from '../../../src/primary/metrics/content-type.ts'
import { median } from '../../../test/support/load-result.ts'
import { SIZE } from './fill.ts'
import { offloopWay } from './offloop-way.ts'
import { promClientWay } from './prom-client-way.ts'

/*
 * What a scrape costs the primary: CPU time to read the board, add up and print, and that of prom-client's cluster
 * registry for the same series. In turn, and the ratio is what counts.
 *
 *     npm run bench -- scrape --rounds 20
 */
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } })

const [offloop, promClient] = [await offloopWay(), await promClientWay()]
const ways: Readonly<Record<string, () => Promise<string>>> = {
  'Offloop, text': () => offloop(TEXT),
  'Offloop, OpenMetrics with exemplars': () => offloop(OPEN_METRICS),
  'prom-client, text': promClient,
}
const cpuMs = new Map<string, number[]>()
const texts = new Map<string, string>()
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [name, scrape] of Object.entries(ways)) {
    const before = process.cpuUsage()
    texts.set(name, await scrape())
    const { user, system } = process.cpuUsage(before)
    cpuMs.set(name, [...(cpuMs.get(name) ?? []), (user + system) / 1000])
  }
}
print()

function print(): void {
  const { processes, threads, tasks, routes } = SIZE
  const size = `${processes} processes with ${threads} threads each, ${tasks} tasks, ${routes} routes`
  const reference = median((cpuMs.get('prom-client, text') ?? []).slice(1))
  const rows = Object.keys(ways).map((name) => {
    const [first = 0, ...others] = cpuMs.get(name) ?? []
    const text = texts.get(name) ?? ''
    const kib = (Buffer.byteLength(text) / 1024).toFixed(0)
    const lines = text.split('\n').length
    const usual = median(others)
    return `| ${name} | ${first.toFixed(0)} | ${usual.toFixed(1)} | ${(usual / reference).toFixed(2)} | ${lines} | ${kib} |`
  })
  process.stdout.write(`${size}

| way | CPU of the first scrape, ms | of the others, median | ratio | lines | KiB |
|---|---|---|---|---|---|
${rows.join('\n')}
`)
}
