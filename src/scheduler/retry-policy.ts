import { ProblemError } from '../errors.ts'
import type { CatalogueEntry, RetryRules } from '../protocol/thread-messages.ts'

/** A run that has failed. */
export interface FailedRun {
  readonly task: CatalogueEntry
  /** Runs that were begun, this one included. */
  readonly attempts: number
  readonly error: unknown
}

/** Decides for a whole process whether runs that died are tried again. */
export class Retries {
  readonly #budget = new RetryBudget()

  /** @returns milliseconds until the next attempt; undefined where there is to be none */
  pauseBefore({ task: { retry }, attempts, error }: FailedRun): number | undefined {
    if (retry === undefined || !isRetryable(error, retry)) return undefined
    const allowed = this.#budget.recordFailure() && attempts <= retry.attempts
    return allowed ? retryDelayMs(retry, attempts - 1, Math.random()) : undefined
  }

  recordSuccess(): void {
    this.#budget.recordSuccess()
  }
}

/** A thread that died under its task. Not for want of memory: the input would fill the next one as well. */
function isRetryable(error: unknown, { onTimeout }: RetryRules): boolean {
  const code = error instanceof ProblemError ? error.code : undefined
  return code === 'TASK_CRASHED' || (onTimeout && code === 'TASK_TIMEOUT')
}

/**
 * The pause before another attempt: random between nothing and a bound that doubles, so that what died
 * together does not come back together ("full jitter", Marc Brooker, AWS Architecture Blog, 2015).
 *
 * @param attempt 0 for the first repetition
 * @param random from 0 to 1
 */
export function retryDelayMs(
  { baseDelayMs, maxDelayMs }: Pick<RetryRules, 'baseDelayMs' | 'maxDelayMs'>,
  attempt: number,
  random: number,
): number {
  return Math.round(random * Math.min(maxDelayMs, baseDelayMs * 2 ** attempt))
}

const MOST_TOKENS = 10
const TOKENS_A_SUCCESS = 0.1

/**
 * Bounds the attempts of a whole process, so that in an outage they do not add to it: each failure costs
 * a token, each success gives a tenth of one, and while half of them are gone nothing is tried again
 * (retry throttling of gRPC, proposal A6).
 */
export class RetryBudget {
  #tokens = MOST_TOKENS

  /** @returns whether another attempt may be made */
  recordFailure(): boolean {
    this.#tokens = Math.max(0, this.#tokens - 1)
    return this.#tokens > MOST_TOKENS / 2
  }

  recordSuccess(): void {
    this.#tokens = Math.min(MOST_TOKENS, this.#tokens + TOKENS_A_SUCCESS)
  }
}
