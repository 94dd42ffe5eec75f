import { counter, gauge, histogram } from './metric-types.ts'

/*
 * Bounds of the buckets, in seconds. Each is 2 to 2.5 times the one before: a quantile read from them is no
 * further off than that, and a series has 13 to 17 of them.
 */
/** Whole requests and runs: from a hash of a few bytes to the default time limit of a task and beyond. */
const RUN_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
/** Waits: nothing at all is the usual case, and the default limit is ten seconds. */
const WAIT_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
/** What an event loop does at a stretch. */
const LOOP_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
/** Parts of a request that are short, or something is wrong. */
const PART_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]

/**
 * What HTTP processes count. It is kept when a process ends, so totals never fall; `docs/metrics.md` is
 * generated from this table and the two below, and a test keeps them equal.
 */
export const countedMetrics = {
  // --- HTTP ---
  httpRequestDuration: histogram({
    name: 'offloop_http_request_duration_seconds',
    help: 'Requests by time from their headers to the end of the answer. Status 499: the client did not wait.',
    labels: ['method', 'route', 'status'],
    buckets: RUN_SECONDS,
  }),
  httpRequestBodyBytes: counter({
    name: 'offloop_http_request_body_bytes_total',
    help: 'Bytes of request bodies that were read.',
    labels: ['route'],
  }),
  httpResponseBodyBytes: counter({
    name: 'offloop_http_response_body_bytes_total',
    help: 'Bytes of the bodies of answers that were sent to their end.',
    labels: ['route'],
  }),
  httpRefused: counter({
    name: 'offloop_http_refused_connections_total',
    help: 'Connections that were ended with an error outside of a request: too many of them, or what came was no request.',
    labels: ['code'],
  }),

  // --- tasks ---
  taskQueueWait: histogram({
    name: 'offloop_task_queue_wait_seconds',
    help: 'Requests of tasks by the time that they waited for a thread, refused ones included.',
    labels: ['task', 'outcome'],
    buckets: WAIT_SECONDS,
  }),
  taskRun: histogram({
    name: 'offloop_task_run_seconds',
    help: 'Runs by their time on a thread, as the caller saw it: until the answer, the time limit, or the end of its patience.',
    labels: ['task', 'outcome'],
    buckets: RUN_SECONDS,
  }),
  taskBody: histogram({
    name: 'offloop_task_body_seconds',
    help: 'Requests of tasks by the time that their body took to arrive.',
    labels: ['task'],
    buckets: PART_SECONDS,
  }),
  taskEncode: histogram({
    name: 'offloop_task_encode_seconds',
    help: 'Answers of tasks by the time that their thread took to turn them into bytes.',
    labels: ['task'],
    buckets: PART_SECONDS,
  }),
  taskRefusals: counter({
    name: 'offloop_task_refusals_total',
    help: 'Requests that were not run, by the code of the error.',
    labels: ['task', 'code'],
  }),
  taskRetries: counter({
    name: 'offloop_task_retries_total',
    help: 'Runs that were begun again after a thread had died under them.',
    labels: ['task'],
  }),
  taskCancellations: counter({
    name: 'offloop_task_cancellations_total',
    help: 'Requests that were given up, by reason and by how far they had come.',
    labels: ['reason', 'stage'],
  }),
  taskShared: counter({
    name: 'offloop_task_shared_runs_total',
    help: 'Runs passed between processes: given and taken, and those that came back refused or failed.',
    labels: ['outcome'],
  }),

  // --- threads ---
  threadRestarts: counter({
    name: 'offloop_thread_restarts_total',
    help: 'Threads that ended and were replaced.',
    labels: ['slot', 'reason'],
  }),
  threadCpu: counter({
    name: 'offloop_thread_cpu_seconds_total',
    help: 'CPU time of threads. Work that libraries hand to other threads is in that of the process alone.',
    labels: ['slot', 'thread'],
  }),
  threadActive: counter({
    name: 'offloop_thread_active_seconds_total',
    help: "Time in which a thread's event loop was not waiting; its rate is the utilisation.",
    labels: ['slot', 'thread'],
  }),

  // --- processes ---
  loopDelay: histogram({
    name: 'offloop_event_loop_delay_seconds',
    help: 'Delay of the event loop of HTTP processes, sampled 50 times a second.',
    labels: ['slot'],
    buckets: LOOP_SECONDS,
  }),
  loopActive: counter({
    name: 'offloop_event_loop_active_seconds_total',
    help: 'Time in which the event loop was not waiting; its rate is the utilisation.',
    labels: ['slot'],
  }),
  loopStalls: counter({
    name: 'offloop_event_loop_stalls_total',
    help: 'Times that the event loop stood still for longer than OFFLOOP_BLOCK_WARN_MS.',
    labels: ['slot'],
  }),
  loopStalled: counter({
    name: 'offloop_event_loop_stalled_seconds_total',
    help: 'Time in which it did.',
    labels: ['slot'],
  }),
  gcDuration: histogram({
    name: 'offloop_gc_duration_seconds',
    help: 'Garbage collections of the main threads of HTTP processes.',
    labels: ['slot', 'kind'],
    buckets: LOOP_SECONDS,
  }),
  processCpu: counter({
    name: 'offloop_process_cpu_seconds_total',
    help: 'CPU time of HTTP processes, their threads included.',
    labels: ['slot'],
  }),
} as const

/** How HTTP processes are, as they say each second. Of one that says nothing any more there are none. */
export const reportedMetrics = {
  processResidentMemory: gauge({
    name: 'offloop_process_resident_memory_bytes',
    help: 'Resident memory of an HTTP process, its threads included.',
    labels: ['slot'],
  }),
  processHeapUsed: gauge({
    name: 'offloop_process_heap_used_bytes',
    help: 'JavaScript heap in use on the main thread of an HTTP process.',
    labels: ['slot'],
  }),
  processOpenFds: gauge({
    name: 'offloop_process_open_fds',
    help: 'File descriptors that an HTTP process has open.',
    labels: ['slot'],
  }),
  loopUtilization: gauge({
    name: 'offloop_event_loop_utilization_ratio',
    help: 'Share of the last second in which the event loop of an HTTP process was not waiting.',
    labels: ['slot'],
  }),
  httpInFlight: gauge({
    name: 'offloop_http_requests_in_flight',
    help: 'Requests without their whole answer.',
    labels: ['slot'],
  }),
  httpConnections: gauge({
    name: 'offloop_http_connections_open',
    help: 'Connections of clients.',
    labels: ['slot'],
  }),
  queueDepth: gauge({
    name: 'offloop_task_queue_depth',
    help: 'Requests that wait for a thread.',
    labels: ['slot'],
  }),
  queueBytes: gauge({
    name: 'offloop_task_memory_bytes',
    help: 'Bytes of bodies that arrive or wait, and of answers that are not written out.',
    labels: ['slot'],
  }),
  threads: gauge({
    name: 'offloop_threads',
    help: 'Threads by state: starting, idle, busy.',
    labels: ['slot', 'state'],
  }),
  threadUtilization: gauge({
    name: 'offloop_thread_utilization_ratio',
    help: "Share of the last second in which a thread's event loop was not waiting.",
    labels: ['slot', 'thread'],
  }),
  threadHeapUsed: gauge({
    name: 'offloop_thread_heap_used_bytes',
    help: 'JavaScript heap in use on a thread.',
    labels: ['slot', 'thread'],
  }),
} as const

/** What the primary knows itself. */
export const primaryMetrics = {
  buildInfo: gauge({
    name: 'offloop_build_info',
    help: 'Always 1; the labels say what runs.',
    labels: ['version', 'node'],
  }),
  slotsWanted: gauge({
    name: 'offloop_slots_wanted',
    help: 'HTTP processes that there should be.',
    labels: [],
  }),
  slots: gauge({
    name: 'offloop_slots',
    help: 'Slots by the state of their process: starting, ready, draining, exited.',
    labels: ['state'],
  }),
  processReporting: gauge({
    name: 'offloop_process_reporting',
    help: 'Whether the HTTP process of a slot has said something within the last seconds; else it has no gauges.',
    labels: ['slot'],
  }),
  processSilent: gauge({
    name: 'offloop_process_silent_seconds',
    help: 'Time since the last word of the HTTP process of a slot.',
    labels: ['slot'],
  }),
  processAge: gauge({
    name: 'offloop_process_age_seconds',
    help: 'Age of the HTTP process of a slot.',
    labels: ['slot'],
  }),
  processCrashLoop: gauge({
    name: 'offloop_process_crash_loop',
    help: 'Whether the processes of a slot die again and again without serving in between.',
    labels: ['slot'],
  }),
  processExits: counter({
    name: 'offloop_process_exits_total',
    help: 'Ends of HTTP processes.',
    labels: ['slot', 'reason'],
  }),
  reloads: counter({
    name: 'offloop_reloads_total',
    help: 'Reloads by verdict.',
    labels: ['verdict'],
  }),
  lastReloadFailed: gauge({
    name: 'offloop_last_reload_failed',
    help: 'Whether the last reload failed, so that processes of two releases may serve.',
    labels: [],
  }),
  quarantinedInputs: gauge({
    name: 'offloop_quarantined_inputs',
    help: 'Inputs whose runs ended threads or processes, by whether they are refused or under suspicion.',
    labels: ['state'],
  }),
  processMaxFds: gauge({
    name: 'offloop_process_max_fds',
    help: 'File descriptors that each process may have open.',
    labels: [],
  }),
  primaryStartTime: gauge({
    name: 'offloop_primary_start_time_seconds',
    help: 'When the primary started, in Unix time.',
    labels: [],
  }),
  primaryCpu: counter({
    name: 'offloop_primary_cpu_seconds_total',
    help: 'CPU time of the primary.',
    labels: [],
  }),
  primaryResidentMemory: gauge({
    name: 'offloop_primary_resident_memory_bytes',
    help: 'Resident memory of the primary.',
    labels: [],
  }),
  primaryLoopActive: counter({
    name: 'offloop_primary_event_loop_active_seconds_total',
    help: "Time in which the primary's event loop was not waiting.",
    labels: [],
  }),
} as const
