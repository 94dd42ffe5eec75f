import { mkdir, writeFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { flameGraph } from '../../harness/flame-graph.ts'
import { fileOf, startOffloop } from '../../harness/start-offloop.ts'
import { sendHashes, WARM_UP_SECONDS } from '../../trivial/hash-load.ts'
import { type CpuProfile, callsOf } from './cpu-profile.ts'

/*
 * Where the time of a trivial task goes, in an event loop and on a thread: flame graphs of profiles that V8 takes of a
 * cluster under load, written to `docs/benchmarks/`.
 *
 *     npm run bench -- flame-graph --seconds 10
 */
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '10' } } })
const seconds = Number(values.seconds)

/**
 * An event loop stands still while its profile begins. Connections that come then are all dealt to the other process, and the
 * profile would be of one that has next to nothing to do: so they are to be there before.
 */
const LEAD_SECONDS = 1
/** A profile has a beginning and an end, which take time as well. */
const MARGIN_SECONDS = 2

const SUBJECTS = [
  { file: 'hot-path-event-loop', title: 'An event loop under trivial tasks', query: 'slot=0' },
  { file: 'hot-path-thread', title: 'A thread under trivial tasks', query: 'slot=0&thread=0' },
] as const

await using server = await startOffloop({ OFFLOOP_PROCESSES: '2', OFFLOOP_THREADS: '2' })
const address = `${server.url}/api/tasks/hash`
await sendHashes(address, WARM_UP_SECONDS)
await mkdir(fileOf('docs/benchmarks'), { recursive: true })
for (const { file, title, query } of SUBJECTS) {
  const load = sendHashes(address, LEAD_SECONDS + seconds + MARGIN_SECONDS)
  const [profile] = await Promise.all([sleep(LEAD_SECONDS * 1000).then(() => profileOf(query)), load])
  const calls = callsOf(profile, pathToFileURL(fileOf('')).href)
  await writeFile(fileOf(`docs/benchmarks/${file}.svg`), flameGraph(title, calls))
  process.stdout.write(`docs/benchmarks/${file}.svg: ${profile.samples.length} samples\n`)
}

async function profileOf(query: string): Promise<CpuProfile> {
  const response = await fetch(`${server.opsUrl}/profile?${query}&seconds=${seconds}`, { method: 'POST' })
  if (!response.ok) throw new Error(`No profile of ${query}: ${await response.text()}`)
  return (await response.json()) as CpuProfile
}
