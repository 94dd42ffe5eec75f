import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import autocannon from 'autocannon'
import { startLoad } from '../../test/support/load.ts'
import { median } from '../../test/support/load-result.ts'
import { startOffloop } from './offloop-contender.ts'

/*
 * How connections reach the HTTP processes: from the primary in turn, or through a socket of each
 * process's own. Requests a second with kept connections and with a new one for each request, and the
 * requests that reloads lose.
 *
 *     npm run bench:accept
 *
 * The kernel's switch belongs to a network namespace, so it can be tried without touching the machine:
 *
 *     sudo unshare --net sh -c 'ip link set lo up; sysctl -w net.ipv4.tcp_migrate_req=1; npm run bench:accept'
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    reloads: { type: 'string', default: '5' },
  },
})
const MODES = ['round-robin', 'reuse-port'] as const
const CONNECTIONS = 32
type Figures = { newConnections: number[]; keptConnections: number[]; requests: number; failed: number }

const figures = new Map<string, Figures>(
  MODES.map((mode) => [mode, { newConnections: [], keptConnections: [], requests: 0, failed: 0 }]),
)
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [mode, collected] of figures) await measure(mode, collected)
}
print()

async function measure(mode: string, collected: Figures): Promise<void> {
  await using running = await startOffloop({ OFFLOOP_ACCEPT: mode })
  collected.newConnections.push(await requestsPerSecond(running.url, 'close'))
  collected.keptConnections.push(await requestsPerSecond(running.url, 'keep-alive'))
  const load = startLoad({
    url: running.url,
    clients: CONNECTIONS,
    maxRequests: 1_000_000,
    maxSeconds: 300,
  })
  for (let count = 0; count < Number(values.reloads); count++) {
    await running.reload()
    await load.more(200)
  }
  const { requests, failures } = await load.stop()
  collected.requests += requests
  collected.failed += failures.length
}

async function requestsPerSecond(url: string, connection: 'close' | 'keep-alive'): Promise<number> {
  const { requests, non2xx, errors } = await autocannon({
    url: `${url}/livez`,
    connections: CONNECTIONS,
    duration: Number(values.seconds),
    headers: { connection },
  })
  // A connection that the server closes as it was asked to counts as a reset there, so it is not an error here.
  if (non2xx > 0 || (connection === 'keep-alive' && errors > 0)) {
    throw new Error(`${non2xx} wrong answers, ${errors} errors`)
  }
  return requests.average
}

function print(): void {
  const migrates = readFileSync('/proc/sys/net/ipv4/tcp_migrate_req', 'utf8').trim()
  const lines = [...figures].map(([mode, each]) => {
    const [fresh, kept] = [median(each.newConnections), median(each.keptConnections)]
    return `| ${mode} | ${Math.round(fresh)} | ${Math.round(kept)} | ${each.failed} of ${each.requests} |`
  })
  const ratio = (of: 'newConnections' | 'keptConnections') => {
    const [roundRobin = [], reusePort = []] = MODES.map((mode) => figures.get(mode)?.[of])
    return (median(reusePort) / median(roundRobin)).toFixed(2)
  }
  process.stdout.write(
    `${[
      '| OFFLOOP_ACCEPT | requests a second, new connections | kept connections | failed in reloads |',
      '|---|---|---|---|',
      ...lines,
      `| ratio | ${ratio('newConnections')} | ${ratio('keptConnections')} | |`,
      '',
      `net.ipv4.tcp_migrate_req = ${migrates}, ${values.rounds} rounds in turn, ${CONNECTIONS} connections, GET /livez`,
    ].join('\n')}\n`,
  )
}
