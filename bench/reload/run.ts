import { parseArgs } from 'node:util'
import { startLoad } from '../../test/support/load.ts'
import type { LoadResult } from '../../test/support/load-result.ts'
import { type Contender, contenders } from './contender.ts'
import { report } from './report.ts'

/*
 * How many requests a reload loses: the same load on each contender while it is reloaded again and again.
 *
 *     npm run bench:reload -- --reloads 10 --rounds 2 --only pm2-plain,pm2-graceful
 *
 * The contenders take turns (A B C D A B C D), so that what else the machine does falls on all of them.
 */
const { values } = parseArgs({
  options: {
    /** Reloads of each contender in each round. */
    reloads: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '2' },
    /** Names of contenders, with commas; all where there are none. */
    only: { type: 'string', default: '' },
  },
})

/** One turn of one contender. */
export interface Turn {
  readonly contender: string
  readonly round: number
  readonly reloadMs: readonly number[]
  /** What the contender's cheapest command takes under the same load. */
  readonly commandMs: number
  readonly load: LoadResult
}

const WARM_UP_REQUESTS = 500
const REQUESTS_BETWEEN_RELOADS = 300
const LOAD = { clients: 8, pauseMs: 5, maxRequests: 1_000_000, maxSeconds: 900 }

const rounds = Number(values.rounds)
const reloads = Number(values.reloads)
const chosen = contenders.filter(({ name }) => values.only === '' || values.only.split(',').includes(name))

const turns: Turn[] = []
for (let round = 1; round <= rounds; round++) {
  for (const contender of chosen) turns.push(await takeTurn(contender, round))
}
await report({ contenders: chosen, turns, reloads, rounds, clients: LOAD.clients, pauseMs: LOAD.pauseMs })

async function takeTurn(contender: Contender, round: number): Promise<Turn> {
  await using running = await contender.start()
  const load = startLoad({ ...LOAD, url: running.url, routes: contender.routes })
  await load.more(WARM_UP_REQUESTS)
  const commandMs = await time(() => running.doNothing())
  const reloadMs: number[] = []
  for (let count = 0; count < reloads; count++) {
    reloadMs.push(await time(() => running.reload()))
    await load.more(REQUESTS_BETWEEN_RELOADS)
  }
  const result = await load.stop()
  await running.checkReloads(reloads)
  const { requests, failures } = result
  process.stderr.write(`round ${round}, ${contender.name}: ${requests} requests, ${failures.length} failed\n`)
  return { contender: contender.name, round, reloadMs, commandMs, load: result }
}

async function time(command: () => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  await command()
  return performance.now() - startedAt
}
