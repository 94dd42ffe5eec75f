import { parentPort, threadId, workerData } from 'node:worker_threads'
import { SEAT_VARIABLE } from '../config/load-config.ts'
import type { Config } from '../config/settings.ts'
import { RunControl } from '../protocol/run-control.ts'
import { ownRunRecords } from '../protocol/run-records.ts'
import type { TaskAnswer, TaskRequest, ThreadBooted } from '../protocol/thread-messages.ts'
import { describeTask, loadTasks } from './catalogue.ts'
import { lowerPriority } from './lower-priority.ts'
import { resolveContractForUserTasks } from './resolve-contract.ts'
import { runKnown } from './run-known.ts'
import { runTask } from './run-task.ts'
import { transferring } from './transferring.ts'

/*
 * The program of a thread. The pool imports it once and calls its default export for each request.
 * Loading never throws: a failure at this point would end the thread without a reason.
 */
const config = workerData as Config
const records = ownRunRecords(process.env[SEAT_VARIABLE])
resolveContractForUserTasks()
const { tasks, failures } = await loadTasks(config.tasksDir)
lowerPriority()
const catalogue = [...tasks].map(([name, task]) => describeTask(name, task, config))
parentPort?.postMessage({ kind: 'thread-booted', catalogue, failures } satisfies ThreadBooted)

export default async function answer(request: TaskRequest): Promise<TaskAnswer> {
  const control = new RunControl(request.control)
  control.threadId = threadId
  const run = () => runTask(tasks, config, request, control)
  return transferring(
    config.quarantineMs === 0 ? await run() : await runKnown(request, control, records, run),
  )
}
