import { errorTable, isErrorCode } from './errors.ts'

/** Everything about an error that a caller may know. */
export interface Problem {
  readonly code: string
  readonly status: number
  /** What was wrong, with which value, and what was wanted. */
  readonly detail: string
  readonly details?: Readonly<Record<string, unknown>> | undefined
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json; charset=utf-8'

/**
 * An error as RFC 9457 has it, and in the form that the first clients of this API expect as well:
 * `success` and `error`. The details stand beside them, as extension members.
 */
export function problemJson(problem: Problem, requestId?: string): string {
  const { code, status, detail, details } = problem
  const members = {
    type: `urn:offloop:error:${code}`,
    title: isErrorCode(code) ? errorTable[code].title : 'The task refused the input',
    status,
    detail,
    code,
    requestId,
    success: false,
    error: detail,
    timestamp: new Date().toISOString(),
  }
  // First and last: first for the order of the members, last so that details replace none of them.
  return JSON.stringify(Object.assign({ ...members }, details, members))
}
