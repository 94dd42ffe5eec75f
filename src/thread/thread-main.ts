import { flushCompileCache } from 'node:module'
import { threadId, workerData } from 'node:worker_threads'
import { SEAT_VARIABLE, SLOT_VARIABLE } from '../config/load-config.ts'
import type { Config } from '../config/settings.ts'
import { SharedLogLevel } from '../observability/log-level.ts'
import { RunControls } from '../protocol/run-control.ts'
import { ownRunRecords } from '../protocol/run-records.ts'
import type {
  FromThread,
  TaskFile,
  TaskRequest,
  ThreadBooted,
  ThreadStart,
} from '../protocol/thread-messages.ts'
import { HeapCollections } from './heap-collections.ts'
import { keptBytes } from './kept-bytes.ts'
import { LateTasks } from './late-tasks.ts'
import { lowerPriority } from './lower-priority.ts'
import { resolveContractForUserTasks } from './resolve-contract.ts'
import { runKnown } from './run-known.ts'
import { runTask } from './run-task.ts'
import type { TaskSource } from './task-source.ts'
import { ThreadLog } from './thread-log.ts'

/*
 * The program of a thread: one request at a time, each of which gets an answer.
 * Loading never throws: a failure at this point would end the thread without a reason.
 */
const {
  config,
  logLevel,
  controls: sharedControls,
  taskFiles,
  loadFirst,
  port,
} = workerData as ThreadStart<Config>
const { [SLOT_VARIABLE]: slot, [SEAT_VARIABLE]: seat } = process.env
const controls = new RunControls(sharedControls)
const records = ownRunRecords(seat)
const heapCollections = new HeapCollections()
const log = new ThreadLog(new SharedLogLevel(logLevel), slot === undefined ? undefined : Number(slot))
resolveContractForUserTasks()
const { tasks, booted } = taskFiles === undefined ? await firstTasks() : await lateTasks(taskFiles)
lowerPriority(config.threadNice)
port.on('message', (request: TaskRequest) => void answer(request))
say(booted ?? { kind: 'thread-ready' })
tasks.onIdle?.()
// Written at the end of a process otherwise, and threads that come before that would compile again.
if (booted !== undefined) flushCompileCache()

async function answer(request: TaskRequest): Promise<void> {
  tasks.onBusy?.()
  const control = controls.of(request.place)
  control.threadId = threadId
  const run = () => runTask(tasks, config, log, request, control)
  const outcome = await (config.quarantineMs === 0 ? run() : runKnown(request, control, records, run))
  control.loadedTasks = tasks.size
  control.keptBytes = keptBytes()
  control.heapCollections = heapCollections.count
  tasks.onIdle?.()
  say(outcome)
}

/** The body of an answer is handed over, not copied. */
function say(message: FromThread): void {
  port.postMessage(message, message.kind === 'succeeded' ? [message.body] : [])
}

interface Tasks {
  readonly tasks: TaskSource
  readonly booted?: ThreadBooted
}

/** What finds and describes tasks is loaded only where that is to be done. */
async function firstTasks(): Promise<Tasks> {
  const { bootTasks } = await import('./catalogue.ts')
  return bootTasks(config)
}

async function lateTasks(files: readonly TaskFile[]): Promise<Tasks> {
  const late = new LateTasks(files)
  await late.load(loadFirst)
  return { tasks: late }
}
