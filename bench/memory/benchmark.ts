import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Benchmark, Effort, Row } from '../harness/benchmark.ts'
import { childrenOf } from '../harness/process-figures.ts'
import { fileOf, type RunningServer } from '../harness/start-offloop.ts'
import { contenders, type MixContender } from './contenders.ts'
import { heapsOf } from './heaps.ts'
import { residentOf, sendMix } from './hour.ts'
import { mixFor } from './mix.ts'
import { describe, HEAPS_AT, plots, SAMPLES } from './page.ts'
import { bytesPer1000, type Sample } from './slope.ts'

/** With the harness's 8 seconds an hour of ten requests a second; with fewer seconds less of it. */
const REQUESTS_A_SECOND = (10 * 3600) / 8
const CHECKED_REQUESTS = 200

export const memory: Benchmark = {
  name: 'memory',
  title: "Memory: after the start, and after an hour's worth of requests",

  async check() {
    for (const each of contenders) {
      await withServer(each, async (server, folder) => {
        const range = { first: 0, end: CHECKED_REQUESTS, sampleEvery: CHECKED_REQUESTS }
        await sendMix(server.url, await mixFor(each.paths), range, () => residentOf(server))
        await heapsOf(server, each.heapPath, folder)
      })
    }
  },

  async measure({ rounds, seconds }: Effort) {
    const sampleEvery = Math.ceil((REQUESTS_A_SECOND * seconds) / SAMPLES)
    const rows: Row[] = []
    for (let round = 1; round <= rounds; round++) {
      for (const each of contenders) {
        const contender = each.contender.name
        await withServer(each, async (server, folder) => {
          await measureHour(each, { server, folder, sampleEvery }, (variant, figures) =>
            rows.push({ contender, variant, round, figures }),
          )
        })
      }
    }
    return rows
  },

  describe,
  plots,
}

interface Hour {
  readonly server: RunningServer
  readonly folder: string
  readonly sampleEvery: number
}

async function measureHour(
  { paths, heapPath }: MixContender,
  { server, folder, sampleEvery }: Hour,
  tell: (variant: string, figures: Row['figures']) => void,
): Promise<void> {
  const pids = childrenOf(server.pid)
  const mix = await mixFor(paths)
  const samples: Sample[] = []
  const sample = (requests: number) => {
    const resident = residentOf(server)
    samples.push({ requests, bytes: resident.totalBytes })
    tell('along the way', { requests, ...resident })
  }
  tell('start', residentOf(server))
  const middle = Math.round(SAMPLES * HEAPS_AT) * sampleEvery
  const end = SAMPLES * sampleEvery
  await sendMix(server.url, mix, { first: 0, end: middle, sampleEvery }, sample)
  tell('heaps midway', { requests: middle, ...(await heapsOf(server, heapPath, folder)) })
  await sendMix(server.url, mix, { first: middle, end, sampleEvery }, sample)
  tell('end', { requests: end, slopeBytesPer1000: bytesPer1000(samples), ...residentOf(server) })
  tell('heaps at the end', { requests: end, ...(await heapsOf(server, heapPath, folder)) })
  if (String(childrenOf(server.pid)) !== String(pids))
    throw new Error('An HTTP process was replaced meanwhile')
}

async function withServer(
  { contender }: MixContender,
  use: (server: RunningServer, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'offloop-bench-heaps-'))
  try {
    await using server = await contender.start({
      NODE_OPTIONS: `--import=${fileOf('bench/memory/collect-on-signal.mjs')}`,
      HEAPS_DIR: folder,
    })
    await use(server, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
