import { TaskError } from '../../src/index.ts'
import { received, receivedText } from './received.ts'

export const ANALYSIS_TYPES = ['statistical', 'pattern', 'comprehensive'] as const

export type AnalysisType = (typeof ANALYSIS_TYPES)[number]

export const DEFAULT_ANALYSIS_TYPE: AnalysisType = 'comprehensive'

/**
 * The type that the query or a JSON body asks for. Both may, if they agree.
 *
 * @throws {TaskError} `ANALYSIS_TYPE_UNKNOWN`, or `PARAMETERS_INVALID` where the two differ
 */
export function chooseAnalysisType(inQuery: unknown, inBody: unknown): AnalysisType {
  const [query, body] = [known(inQuery), known(inBody)]
  if (query && body && query !== body) {
    throw new TaskError(
      'PARAMETERS_INVALID',
      `Cannot choose the analysis: analysisType is "${query}" in the query and "${body}" in the body`,
      { details: { query, body } },
    )
  }
  return query ?? body ?? DEFAULT_ANALYSIS_TYPE
}

function known(value: unknown): AnalysisType | undefined {
  if (value === undefined) return undefined
  const type = ANALYSIS_TYPES.find((each) => each === value)
  if (type !== undefined) return type
  throw new TaskError(
    'ANALYSIS_TYPE_UNKNOWN',
    `Cannot analyse as ${receivedText(value)}: expected one of ${ANALYSIS_TYPES.join(', ')}`,
    { details: { received: received(value), allowed: ANALYSIS_TYPES } },
  )
}
