import { ProblemError } from '../../errors.ts'

/**
 * What somebody replies, or the error that it does not.
 *
 * @param who begins a sentence
 * @throws {ProblemError} `DIAGNOSIS_FAILED`
 */
export async function inTime<Reply>(ms: number, who: string, reply: Promise<Reply>): Promise<Reply> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    late.reject(
      new ProblemError(
        'DIAGNOSIS_FAILED',
        `${who} has not replied within ${ms} ms: it is in native code, or does not get a CPU`,
      ),
    )
  }, ms)
  try {
    return await Promise.race([reply, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
