/*
 * What the operators' server answers and takes. The `offloop` command reads it, and so may any program:
 * members are added, never renamed.
 */

/** Why a process ended. Every restart has exactly one of these. */
export const exitReasons = [
  'crash',
  'hung',
  'memory',
  'age',
  'reload',
  'scale',
  'shutdown',
  'out-of-memory',
] as const
export type ExitReason = (typeof exitReasons)[number]

/** From the one that lets the fewest lines through to the one that lets all through. */
export const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const
export type LogLevel = (typeof logLevels)[number]

export type HttpProcessState = 'starting' | 'ready' | 'draining' | 'exited'

/** The answer of `GET /status`. */
export interface ClusterStatus {
  readonly version: string
  readonly node: string
  /** Of the primary. */
  readonly pid: number
  readonly uptimeSeconds: number
  /** Address of the application. */
  readonly url: string
  readonly shuttingDown: boolean
  /** Slots that there should be. */
  readonly processes: number
  readonly readySlots: number
  /** What is being done to the cluster at this moment. */
  readonly operation: 'start' | 'reload' | 'scale' | 'recycle' | null
  readonly lastReload: (ReloadVerdict & { readonly endedAt: string }) | null
  /** Settings that differ from their defaults, by variable. Secrets read `[set]`. */
  readonly settings: Readonly<Record<string, string | number | boolean>>
  /** The lowest level that is logged now, which need not be what `LOG_LEVEL` says. */
  readonly logLevel: LogLevel
  /** Ends of processes since the primary started, by reason, in all slots. */
  readonly exits: Readonly<Partial<Record<ExitReason, number>>>
  readonly totals: TaskTotals
  /** Event loops of all HTTP processes that stood still, those of processes that have ended included. */
  readonly blockedLoops: StallSummary
  /** Inputs whose runs ended threads or processes: those that are refused, and those under suspicion. */
  readonly quarantine: readonly QuarantineEntry[]
  readonly slots: readonly SlotStatus[]
}

/** One slot of `GET /status`. */
export interface SlotStatus {
  readonly slot: number
  /** Of the process that serves, or will; null while there is none. */
  readonly pid: number | null
  readonly state: HttpProcessState
  readonly ageSeconds: number
  /** Times that the process of this slot was replaced, whatever the reason. */
  readonly restarts: number
  /** Ends of this slot's processes, by reason. */
  readonly exits: Readonly<Partial<Record<ExitReason, number>>>
  readonly lastExit: LastExit | null
  /** It died several times without serving in between; attempts go on, further and further apart. */
  readonly crashLoop: boolean
  /** A process that is starting to take the place of the one above. */
  readonly replacementPid: number | null
  /** Processes that have been replaced and finish what they have in flight. */
  readonly drainingPids: readonly number[]
  /** What the process last said of itself; null until its first heartbeat. */
  readonly vitals: ProcessVitals | null
}

export interface LastExit {
  readonly at: string
  readonly pid: number
  readonly reason: ExitReason
  readonly code: number | null
  readonly signal: string | null
  readonly livedSeconds: number
}

/** How an HTTP process is, as it says itself each second. */
export interface ProcessVitals {
  /** Since its last word. */
  readonly silentMs: number
  readonly loop: LoopVitals
  readonly memory: { readonly rssBytes: number; readonly heapUsedBytes: number }
  /** File descriptors; null where the system does not tell it cheaply. */
  readonly openFds: number | null
  /** Connections of clients. */
  readonly connections: number
  /** Requests answered since it started, and those under way. */
  readonly requests: { readonly total: number; readonly inFlight: number }
  readonly queuedTasks: number
  readonly runningTasks: number
  /** Of bodies that arrive or wait, and of answers that are not written out. */
  readonly heldBytes: number
  readonly threads: readonly ThreadStatus[]
  readonly sharing: SharingCounts
  readonly cancellations: CancelCounts
  /** Threads that ended and were replaced since the process started, by reason. */
  readonly threadRestarts: Readonly<Record<ThreadRestartReason, number>>
}

/**
 * Why a thread was replaced. `max-runs`, `memory`: between two runs, on purpose. `crash`: it ended by
 * itself. `out-of-memory`: its heap was full. `terminated`: ended under a task that did not stop.
 */
export const threadRestartReasons = ['max-runs', 'memory', 'crash', 'out-of-memory', 'terminated'] as const
export type ThreadRestartReason = (typeof threadRestartReasons)[number]

/** Runs passed between the processes of the cluster, since this one started. */
export interface SharingCounts {
  /** Runs of requests that came here and were carried out by a sibling. */
  readonly given: number
  /** Runs carried out here for siblings. */
  readonly taken: number
  /** Runs offered to a sibling that had no thread free after all; they stayed here. */
  readonly refused: number
  /** Runs offered to a sibling that did not reply or died before it began; they stayed here. */
  readonly failed: number
}

/** Why a request was given up before it had its answer. */
export type CancelReason = 'caller-gone' | 'time-limit'

/**
 * How far it had come, and what it took to end it. `queued`: it had not begun. `stopped`: the task saw that it
 * was no longer wanted. `finished`: it ended before it saw that. `terminated`: its thread was ended.
 */
export type CancelStage = 'queued' | 'stopped' | 'finished' | 'terminated'

/** Requests that were given up, since the process started. */
export type CancelCounts = Readonly<Record<CancelReason, Readonly<Record<CancelStage, number>>>>

/** The event loop of an HTTP process. Delay and utilisation are those of the last second. */
export interface LoopVitals {
  readonly delayMeanMs: number
  readonly delayMaxMs: number
  /** 0 to 1: the share of time in which the loop was not waiting. */
  readonly utilization: number
  readonly stalls: StallSummary
}

/** Times that an event loop stood still for longer than `OFFLOOP_BLOCK_WARN_MS`, since its process started. */
export interface StallSummary {
  readonly count: number
  readonly totalMs: number
  readonly longestMs: number
  /** The newest one whose place is known. */
  readonly last: { readonly at: string; readonly ms: number; readonly where: string } | null
  /** Where it stood, the most milliseconds first, at most 20. */
  readonly places: readonly PlaceTotals[]
  /** All other places. */
  readonly other: StallCounts
  /** Stalls whose place could not be found out: over too soon, or the whole machine was starved. */
  readonly unknown: StallCounts
}

export interface StallCounts {
  readonly count: number
  readonly totalMs: number
  readonly longestMs: number
  /** ISO 8601; null where there was none. */
  readonly lastAt: string | null
}

/** `where`: the function with file, line and column. */
export interface PlaceTotals extends StallCounts {
  readonly where: string
}

/**
 * How an input ended its thread or its process. `unstoppable`: its thread could not be ended, and the
 * process had to go. `process`: the process died while this input ran on it, perhaps beside others.
 */
export type DeathCause = 'thread-exit' | 'uncaught-error' | 'out-of-memory' | 'unstoppable' | 'process'

/** An input whose runs ended threads or processes. */
export interface QuarantineEntry {
  readonly task: string
  /** 32 hexadecimal digits, of everything that the task can see of a request. */
  readonly fingerprint: string
  readonly deaths: number
  readonly lastDeathAt: string
  /** Of the last death, as the id below. */
  readonly how: DeathCause
  readonly requestId: string
  /** It is refused until then; null while it is only suspected, or has another chance. */
  readonly until: string | null
  /** Requests that were refused. */
  readonly refusals: number
}

/** A thread as it is seen from outside. */
export interface ThreadFigures {
  /** Runs that this thread has done. */
  readonly runs: number
  /** What it held after the last of them: JavaScript heap, garbage included, and buffers. */
  readonly keptBytes: number
  /** 0 to 1: the share of the last second in which its event loop was not waiting. */
  readonly utilization: number
  /** JavaScript heap in use, a second ago at most where it is not in native code; null until it is known. */
  readonly heapUsedBytes: number | null
}

export interface ThreadStatus extends ThreadFigures {
  readonly thread: number
  readonly state: 'starting' | 'idle' | 'busy'
  /** Name of the task that runs on it. */
  readonly task: string | null
  readonly runningMs: number | null
}

/** Task runs of the whole cluster, those of processes that have ended included. Times are milliseconds on a thread. */
export interface TaskTotals {
  /** Runs that have ended: completed and failed. */
  readonly totalTasks: number
  readonly completedTasks: number
  /** Runs that ended with an error, whether the input was at fault, the task or its limits. */
  readonly failedTasks: number
  readonly averageTaskTime: number
  readonly activeThreads: number
  readonly availableThreads: number
  readonly queuedTasks: number
  /** Completed among those that ended, 0 to 1; 1 while none has. */
  readonly successRate: number
  /** Runs ended a second, over the last minute. */
  readonly throughput: number
  readonly lastMinute: RunTimes
  readonly sinceStart: RunTimes
}

/** Distribution of run times in milliseconds, all 0 where there was none. Percentiles are within 2.5 %. */
export interface RunTimes {
  readonly count: number
  readonly failed: number
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly median: number
  readonly p95: number
  readonly p99: number
}

/** What became of one slot in a reload or when scaling. */
export interface SlotOutcome {
  readonly slot: number
  /**
   * `replaced`: the new process serves. `started`: there was none before. `removed`: drained for good.
   * `failed`: the new process did not become ready, what was there serves on. `kept`: not touched,
   * because an earlier slot failed.
   */
  readonly outcome: 'replaced' | 'started' | 'removed' | 'failed' | 'kept'
  readonly oldPid: number | null
  readonly newPid: number | null
  /** From the fork of the new process until it was ready; null where it was not. */
  readonly readyMs: number | null
  /** Why it failed. */
  readonly reason: string | null
}

/** How a reload ended. */
export interface ReloadVerdict {
  readonly verdict: 'reloaded' | 'failed'
  readonly durationMs: number
  /** Why it failed. */
  readonly reason: string | null
  readonly slots: readonly SlotOutcome[]
}

/** How scaling ended. */
export interface ScaleVerdict {
  readonly verdict: 'scaled' | 'failed'
  readonly processesBefore: number
  readonly processes: number
  readonly durationMs: number
  readonly reason: string | null
  readonly slots: readonly SlotOutcome[]
}

/**
 * `POST /reload` (no body), `POST /scale` with {@link ScaleRequest}, `POST /log-level` with
 * {@link LogLevelRequest} and `POST /stop` (no body), all with `Authorization: Bearer <OFFLOOP_OPS_TOKEN>`
 * where a token is set.
 *
 * The first two answer when it is over: 200 with the verdict and `success: true`, or problem+json
 * (`RELOAD_FAILED`, `SCALE_FAILED`: 500) that carries the members of the verdict too. Others:
 * `RELOAD_RUNNING` 409, `SHUTTING_DOWN` 409, `SCALE_INVALID` 422, `OPS_TOKEN_INVALID` 401,
 * `CONTROL_REFUSED` 403. `/log-level` answers 200 with {@link LogLevelChange} and `success: true`, or
 * `LOG_LEVEL_INVALID` 422. `/stop` answers 202 with {@link StopAnswer} and then shuts down, also when it
 * has begun to already.
 */
export interface ScaleRequest {
  /** From 1 to 512. */
  readonly processes: number
}

export interface LogLevelRequest {
  readonly level: LogLevel
}

export interface LogLevelChange {
  readonly logLevelBefore: LogLevel
  /** The one in force from now on. */
  readonly logLevel: LogLevel
}

export interface StopAnswer {
  readonly success: true
  /** Of the primary, which ends once everything is drained. */
  readonly pid: number
}

/*
 * Diagnostics on demand, guarded as the verbs above; all POST, without a body, with the query
 *
 *   /profile?slot=1&thread=0&seconds=10   application/json, a .cpuprofile (Chrome's DevTools, speedscope)
 *   /heap-snapshot?slot=1&thread=0        application/json, a .heapsnapshot
 *   /report?slot=1                        application/json, Node's diagnostic report
 *   /stack?slot=1                         {@link StackAnswer}
 *
 * `slot`: the HTTP process that serves there; without one the primary, which has no `/stack`. `thread`: the number that
 * `/status` gives it; without one the main thread, which is the event loop. `seconds`: 1 to 300, 10 where it is left
 * out. The first three are sent as files while they are read, and end with the connection of whoever asked.
 * Errors: `DIAGNOSIS_INVALID` 422, `SLOT_NOT_FOUND` 404, `SLOT_NOT_READY` 409, `DIAGNOSIS_RUNNING` 409,
 * `DIAGNOSIS_FAILED` 500, `DIAGNOSIS_UNAVAILABLE` 501, and those of the guard. A connection that is cut in the middle is
 * an answer that could not be finished.
 */

/** The answer of `POST /stack`. */
export interface StackAnswer extends LoopStack {
  readonly success: true
  readonly slot: number
  readonly pid: number
}

/** Where the main thread of a process is. */
export interface LoopStack {
  /**
   * `running`: it runs JavaScript. `idle`: the event loop waits for something to do. `native`: it has not answered for a
   * second, so it is in native code, or does not get a CPU.
   */
  readonly state: 'running' | 'idle' | 'native'
  /** How long the event loop has stood still, as far as that is known; about 0 where it turns. */
  readonly stalledMs: number
  /** The innermost call that is not Node's own; null where there is none. */
  readonly where: string | null
  /** Innermost first. */
  readonly stack: readonly string[]
}
