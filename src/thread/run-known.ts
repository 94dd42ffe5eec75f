import type { RunControl } from '../protocol/run-control.ts'
import type { RunRecords } from '../protocol/run-records.ts'
import type { TaskAnswer, TaskRequest } from '../protocol/thread-messages.ts'
import { TaskError } from '../tasks/task-error.ts'
import { describeError } from './describe-error.ts'
import { fingerprintOf } from './fingerprint.ts'

/**
 * A run whose input is known by its fingerprint before anything is decoded: to the HTTP process, should
 * this thread not survive it, and to the primary, should the process not. What is in quarantine is not run.
 *
 * @param records undefined where there is no primary
 * @param run never rejects
 */
export async function runKnown(
  request: TaskRequest,
  control: RunControl,
  records: RunRecords | undefined,
  run: () => Promise<TaskAnswer>,
): Promise<TaskAnswer> {
  const { task, requestId, place } = request
  const fingerprint = fingerprintOf(request)
  control.fingerprint = fingerprint
  const quarantined = request.quarantined?.find((each) => each.fingerprint === fingerprint)
  if (quarantined) return describeError(refusal(task, quarantined.until), task)
  records?.write(place, { fingerprint, task, requestId })
  const answer = await run()
  records?.clear(place)
  return answer
}

function refusal(task: string, untilMs: number): TaskError {
  const until = new Date(untilMs).toISOString()
  const retryAfterSeconds = Math.max(1, Math.ceil((untilMs - Date.now()) / 1000))
  return new TaskError(
    'INPUT_QUARANTINED',
    `Cannot run the task "${task}" with this input: its runs have ended threads or processes, so it is refused until ${until}`,
    { details: { until, retryAfterSeconds } },
  )
}
