import { type Contender, offloop, program, type Size } from '../harness/contender.ts'
import type { LoadName } from './loads.ts'

/** Its `path` is that of the light answer. */
export interface IsolationContender extends Contender {
  /** Where it takes each load; those that are not here are not sent to it. */
  readonly paths: Readonly<Partial<Record<LoadName, string>>>
}

export const OFFLOOP = 'Offloop'
export const INLINE = 'Express, inline'
export const PISCINA = 'Express + Piscina'

export function isolationContenders(size: Size): readonly IsolationContender[] {
  return [
    {
      ...offloop('/livez', size, {}, OFFLOOP),
      paths: { trivial: '/api/tasks/hash', images: '/api/process-image', data: '/api/analyze-data' },
    },
    {
      ...program(INLINE, 'express-inline.mjs', '/livez', size),
      paths: { trivial: '/hash', images: '/image', data: '/analyze' },
    },
    {
      ...program(PISCINA, 'express-piscina-analysis.mjs', '/livez', size),
      paths: { data: '/analyze' },
    },
  ]
}

/** The control: a server that has nothing else to do. */
export const plainServer = (size: Size): Contender => program('node:http', 'plain-server.mjs', '/', size)
