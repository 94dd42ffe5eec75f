import { type Contender, offloop, program } from '../harness/contender.ts'
import { fileOf } from '../harness/start-offloop.ts'
import type { MixPaths } from './mix.ts'

export const PROCESSES = 2
export const THREADS = 2

export interface MixContender {
  readonly contender: Contender
  readonly paths: MixPaths
  /** Where a thread tells what it holds. */
  readonly heapPath: string
}

const SIZE = { processes: PROCESSES, threads: THREADS }

export const OFFLOOP = 'Offloop'

/** Both with an access log, as Offloop has it by default. */
export const contenders: readonly MixContender[] = [
  {
    contender: offloop('/', SIZE, { OFFLOOP_TASKS_DIR: fileOf('bench/memory/tasks') }, OFFLOOP),
    paths: {
      hash: '/api/tasks/hash',
      analyse: '/api/analyze-data',
      image: '/api/process-image',
      missing: '/api/tasks/missing',
    },
    heapPath: '/api/tasks/heap',
  },
  {
    contender: program('Express + Piscina', 'express-piscina-mix.mjs', '/', SIZE, { ACCESS_LOG: 'on' }),
    paths: { hash: '/hash', analyse: '/analyse', image: '/image', missing: '/missing' },
    heapPath: '/heap',
  },
]
