import { askAlone } from '../harness/ask-alone.ts'
import type { LoopResult } from '../harness/closed-loop.ts'
import { type Contender, offloop, program, type Size } from '../harness/contender.ts'
import { type LargeRequest, sendLargeRequests } from '../harness/large-requests.ts'
import type { Dataset } from './datasets.ts'

export interface DataContender extends Contender {
  /** Has it analyse the same numbers again and again. @throws where an answer is not what is known of them */
  analyse(url: string, dataset: Dataset, clients: number, seconds: number): Promise<LoopResult>
}

export const OFFLOOP = 'Offloop'
export const INLINE = 'Express, inline'
export const PISCINA = 'Express + Piscina'
export const ALONE = 'the computation alone'

const ANALYSIS_TYPE = 'statistical'

/** @param settings of Offloop, for what its defaults refuse */
export function dataContenders(
  size: Size,
  settings: Readonly<Record<string, string>>,
): readonly DataContender[] {
  return [
    overHttp(offloop('/api/analyze-data', size, settings, OFFLOOP)),
    overHttp(program(INLINE, 'express-inline.mjs', '/analyze', size)),
    overHttp(program(PISCINA, 'express-piscina-analysis.mjs', '/analyze', size)),
    {
      ...program(ALONE, 'analysis-alone.mjs', '', size),
      analyse: (url, dataset, _clients, seconds) =>
        askAlone(url, { ...dataset, analysisType: ANALYSIS_TYPE, seconds }),
    },
  ]
}

export function analysisRequest(path: string, { bodyFile, form, expected }: Dataset): LargeRequest {
  return {
    method: 'POST',
    path: `${path}?analysisType=${ANALYSIS_TYPE}`,
    contentType: form === 'json' ? 'application/json' : 'application/octet-stream',
    bodyFile,
    expected,
  }
}

function overHttp(contender: Contender): DataContender {
  return {
    ...contender,
    analyse: (url, dataset, clients, seconds) =>
      sendLargeRequests({ url, requests: [analysisRequest(contender.path, dataset)], clients, seconds }),
  }
}
