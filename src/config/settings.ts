import { bytes, choice, integer, milliseconds, type Setting, text, token } from './setting-types.ts'
import { taskLimits } from './task-limits.ts'

/**
 * Every setting: the environment variable, its type and range, its default and what it does.
 * `docs/settings.md` is generated from this table, and a test keeps the two equal.
 */
export const settingTable = {
  // --- where settings come from ---
  envFile: text({
    variable: 'OFFLOOP_ENV_FILE',
    default: '',
    doc: 'A file with more settings, a `NAME=value` a line. Read at the start and at each reload; a variable of the environment wins over the same name in the file. Empty: none.',
  }),

  // --- where it listens ---
  port: integer({
    variable: 'PORT',
    default: 3000,
    min: 0,
    max: 65_535,
    doc: 'Port of the application. 0 lets the system choose one.',
  }),
  host: text({
    variable: 'HOST',
    default: '0.0.0.0',
    doc: 'Address that the application listens on. The default is every IPv4 address; `::` adds IPv6.',
  }),
  opsPort: integer({
    variable: 'OFFLOOP_OPS_PORT',
    default: 9464,
    min: 0,
    max: 65_535,
    doc: "Port of the operators' server on the primary. 0 lets the system choose one.",
  }),
  opsHost: text({
    variable: 'OFFLOOP_OPS_HOST',
    default: '127.0.0.1',
    doc: "Address that the operators' server listens on. It tells about processes and memory, so it is not public.",
  }),
  opsToken: token({
    variable: 'OFFLOOP_OPS_TOKEN',
    default: '',
    doc: "Token that reload, scale, stop and the diagnostics ask for on the operators' server (`Authorization: Bearer …`). Without one they are refused unless that server listens on loopback.",
  }),
  accept: choice({
    variable: 'OFFLOOP_ACCEPT',
    default: 'auto',
    choices: ['auto', 'round-robin', 'reuse-port'],
    doc: 'How HTTP processes get connections: from the primary in turn (`round-robin`), or each from a socket of its own (`reuse-port`, for many new connections a second). `auto` takes `reuse-port` where the kernel moves waiting connections when such a socket closes (`net.ipv4.tcp_migrate_req` is 1).',
  }),

  // --- how many ---
  processes: integer({
    variable: 'OFFLOOP_PROCESSES',
    default: 'cores',
    min: 1,
    max: 512,
    doc: 'HTTP processes. The default is one per available core; a CPU quota of the container counts.',
  }),
  threads: integer({
    variable: 'OFFLOOP_THREADS',
    default: 2,
    min: 1,
    max: 128,
    doc: 'Threads that run tasks, in each HTTP process.',
  }),

  // --- tasks ---
  tasksDir: text({
    variable: 'OFFLOOP_TASKS_DIR',
    default: '',
    doc: 'A folder with more tasks: each `.ts`, `.js` or `.mjs` file directly in it is one. Empty: none.',
  }),
  taskTimeoutMs: milliseconds({
    variable: 'OFFLOOP_TASK_TIMEOUT_MS',
    default: 30_000,
    min: 1,
    max: 3_600_000,
    doc: 'Time limit of a task that names none itself, counted from its start on a thread.',
  }),
  taskLimits: taskLimits({
    variable: 'OFFLOOP_TASK_LIMITS',
    doc: 'Limits of single tasks, in place of what they say of themselves: `timeMs`, `queueTimeoutMs` and `maxConcurrency` by the name of the task.',
  }),
  queueMax: integer({
    variable: 'OFFLOOP_QUEUE_MAX',
    default: 64,
    min: 0,
    max: 100_000,
    doc: 'Requests that may wait for a thread, in each HTTP process. One more is refused with 503 `QUEUE_FULL`.',
  }),
  queueMaxBytes: bytes({
    variable: 'OFFLOOP_QUEUE_MAX_BYTES',
    default: 256 * 1024 * 1024,
    min: 1,
    max: 1024 ** 4,
    doc: 'Bytes that requests may hold in each HTTP process: bodies while they arrive and wait for a thread, answers until they are sent. What does not fit in is refused with 503 `QUEUE_FULL`; so is a client whose unread answers hold more than half of it.',
  }),
  queueTimeoutMs: milliseconds({
    variable: 'OFFLOOP_QUEUE_TIMEOUT_MS',
    default: 10_000,
    min: 1,
    max: 3_600_000,
    doc: 'Time that a request may wait for a thread where its task names none. What would wait longer is refused at once with 503 `WOULD_MISS_DEADLINE`; what did is dropped with 503 `QUEUE_TIMEOUT`.',
  }),
  workSharing: choice({
    variable: 'OFFLOOP_WORK_SHARING',
    default: 'on',
    choices: ['on', 'off'],
    doc: 'Whether a request that finds every thread of its process busy runs on a thread that is free in another process of the cluster. Connections are dealt out without a look at load. Linux only.',
  }),
  reservedThreads: integer({
    variable: 'OFFLOOP_RESERVED_THREADS',
    default: 1,
    min: 0,
    max: 128,
    doc: 'Threads of each HTTP process that tasks of class `batch` leave free for `interactive` ones. Batch work always has one thread.',
  }),
  clientHeader: text({
    variable: 'OFFLOOP_CLIENT_HEADER',
    default: '',
    doc: 'Request header that tells clients apart, such as `x-api-key`; one that a client cannot choose freely. Requests of one client stand behind each other. Empty: the address of the connection.',
  }),
  threadNice: integer({
    variable: 'OFFLOOP_THREAD_NICE',
    default: 10,
    min: 0,
    max: 19,
    doc: 'By how much threads step back for the event loops, as `nice` has it: 19 is the most, 0 not at all. Other programs of the machine come before them as well. Linux only.',
  }),
  threadMaxHeapBytes: bytes({
    variable: 'OFFLOOP_THREAD_MAX_HEAP_BYTES',
    default: 1024 * 1024 * 1024,
    min: 32 * 1024 * 1024,
    max: 64 * 1024 * 1024 * 1024,
    doc: 'JavaScript heap of one thread. A task that needs more ends with `TASK_OUT_OF_MEMORY`; pixels and other buffers are outside this heap.',
  }),
  threadMaxRuns: integer({
    variable: 'OFFLOOP_THREAD_MAX_RUNS',
    default: 0,
    min: 0,
    max: 1_000_000_000,
    doc: 'A thread that has run this many tasks is recycled: replaced when it is idle and, where there are several, another one is free. 0: no limit.',
  }),
  threadRecycleBytes: bytes({
    variable: 'OFFLOOP_THREAD_RECYCLE_BYTES',
    default: 512 * 1024 * 1024,
    min: 0,
    max: 1024 ** 4,
    doc: 'A thread is recycled in the same way that holds so much more memory (JavaScript heap and buffers) after each of ten runs in a row than the least since it loaded a task, though V8 has collected its whole heap meanwhile. The default is half of the default heap: a task that leaks then loses its thread between two runs, not under one. 0: not looked at.',
  }),

  quarantineMs: milliseconds({
    variable: 'OFFLOOP_QUARANTINE_MS',
    default: 600_000,
    min: 0,
    max: 86_400_000,
    doc: 'Time in which an input is refused with 422 `INPUT_QUARANTINED` once two of its runs have ended a thread or a process. If the next run after that does so again: twice the time, then four times, up to 32 times. 0: never refused.',
  }),

  // --- requests ---
  maxBodyBytes: bytes({
    variable: 'OFFLOOP_MAX_BODY_BYTES',
    default: 32 * 1024 * 1024,
    min: 1,
    max: 2_147_483_647,
    doc: 'Largest request body. A larger one is refused with 413 before the rest is read.',
  }),
  headersTimeoutMs: milliseconds({
    variable: 'OFFLOOP_HEADERS_TIMEOUT_MS',
    default: 10_000,
    min: 100,
    max: 600_000,
    doc: 'Time for the headers of a request to arrive; then 408.',
  }),
  requestTimeoutMs: milliseconds({
    variable: 'OFFLOOP_REQUEST_TIMEOUT_MS',
    default: 60_000,
    min: 100,
    max: 3_600_000,
    doc: 'Time for a whole request, headers and body, to arrive; then 408.',
  }),
  minBodyBytesPerSecond: bytes({
    variable: 'OFFLOOP_MIN_BODY_BYTES_PER_SECOND',
    default: 1000,
    min: 0,
    max: 1024 ** 3,
    doc: 'A body that arrives more slowly than this, over 5 seconds, ends with 408. 0: as slowly as the time for a whole request allows.',
  }),
  minAnswerBytesPerSecond: bytes({
    variable: 'OFFLOOP_MIN_ANSWER_BYTES_PER_SECOND',
    default: 1000,
    min: 0,
    max: 1024 ** 3,
    doc: 'A connection whose client takes its answers more slowly than this, over 30 seconds, is cut. 0: answers wait for their reader for ever.',
  }),
  maxPipelined: integer({
    variable: 'OFFLOOP_MAX_PIPELINED',
    default: 8,
    min: 1,
    max: 1000,
    doc: 'Requests of one connection that are worked on at once, where its client sends several without waiting for answers. Further ones are not read until one of these is answered.',
  }),
  maxConnections: integer({
    variable: 'OFFLOOP_MAX_CONNECTIONS',
    default: 10_000,
    min: 0,
    max: 1_000_000,
    doc: 'Connections that each HTTP process keeps open. One more is answered with 503 `CONNECTIONS_FULL` and closed. 0: no limit.',
  }),
  maxConnectionsPerAddress: integer({
    variable: 'OFFLOOP_MAX_CONNECTIONS_PER_ADDRESS',
    default: 0,
    min: 0,
    max: 1_000_000,
    doc: 'Connections that each HTTP process keeps open for one address (of IPv6 the /64 counts). One more is answered with 429 `TOO_MANY_CONNECTIONS` and closed. 0: no limit, because many users may come through one proxy.',
  }),
  keepAliveTimeoutMs: milliseconds({
    variable: 'OFFLOOP_KEEP_ALIVE_TIMEOUT_MS',
    default: 75_000,
    min: 0,
    max: 3_600_000,
    doc: 'Time that an idle connection stays open. Above the idle time of common load balancers (60 s), so that they close first.',
  }),

  // --- images ---
  imageMaxPixels: integer({
    variable: 'OFFLOOP_IMAGE_MAX_PIXELS',
    default: 50_000_000,
    min: 1,
    max: 1_000_000_000,
    unit: 'pixels',
    doc: 'Largest image that is decoded or produced, width × height, all frames together.',
  }),
  imageMaxFrames: integer({
    variable: 'OFFLOOP_IMAGE_MAX_FRAMES',
    default: 256,
    min: 1,
    max: 10_000,
    unit: 'frames',
    doc: 'Most frames of an animated image.',
  }),

  // --- supervision ---
  hangTimeoutMs: milliseconds({
    variable: 'OFFLOOP_HANG_TIMEOUT_MS',
    default: 10_000,
    min: 2000,
    max: 3_600_000,
    doc: 'An HTTP process that says nothing for this long (it has a word each second) is killed and replaced.',
  }),
  blockWarnMs: milliseconds({
    variable: 'OFFLOOP_BLOCK_WARN_MS',
    default: 50,
    min: 0,
    max: 60_000,
    doc: 'An event loop that stands still for longer is logged, with the place in the code. 0: not watched.',
  }),
  maxRssBytes: bytes({
    variable: 'OFFLOOP_MAX_RSS_BYTES',
    default: 0,
    min: 0,
    max: 1024 ** 4,
    doc: 'An HTTP process with more resident memory, its threads included, is recycled: replaced first, then drained. 0: no limit.',
  }),
  maxRequests: integer({
    variable: 'OFFLOOP_MAX_REQUESTS',
    default: 0,
    min: 0,
    max: 1_000_000_000,
    doc: 'An HTTP process is recycled after this many requests and up to a tenth more, so that not all are at once. 0: no limit.',
  }),
  maxAgeMs: milliseconds({
    variable: 'OFFLOOP_MAX_AGE_MS',
    default: 0,
    min: 0,
    max: 2_592_000_000,
    doc: 'An HTTP process is recycled at this age, or up to a tenth later. 0: no limit.',
  }),
  minReady: integer({
    variable: 'OFFLOOP_MIN_READY',
    default: 1,
    min: 1,
    max: 512,
    doc: "Slots that have to be ready for `/readyz` of the operators' server to say so.",
  }),

  // --- start and stop ---
  startTimeoutMs: milliseconds({
    variable: 'OFFLOOP_START_TIMEOUT_MS',
    default: 30_000,
    min: 100,
    max: 600_000,
    doc: 'Time for an HTTP process to become ready. One that does not is ended and replaced.',
  }),
  drainTimeoutMs: milliseconds({
    variable: 'OFFLOOP_DRAIN_TIMEOUT_MS',
    default: 10_000,
    min: 0,
    max: 3_600_000,
    doc: 'Time for requests in flight to finish when a process drains; what is left then is cut off.',
  }),
  drainDelayMs: milliseconds({
    variable: 'OFFLOOP_DRAIN_DELAY_MS',
    default: 0,
    min: 0,
    max: 600_000,
    doc: 'When the cluster shuts down: time in which `/readyz` already says 503 and requests are still served, for load balancers to notice.',
  }),
  drainIdleMs: milliseconds({
    variable: 'OFFLOOP_DRAIN_IDLE_MS',
    default: 1000,
    min: 0,
    max: 600_000,
    doc: 'Time that idle connections stay open after a drain began: a request that is on its way then is answered, not reset.',
  }),

  // --- observability ---
  metrics: choice({
    variable: 'OFFLOOP_METRICS',
    default: 'on',
    choices: ['on', 'off'],
    doc: "Whether HTTP processes count what `GET /metrics` of the operators' server tells. It tells of the primary and of the state of the processes in any case.",
  }),

  // --- logs ---
  logLevel: choice({
    variable: 'LOG_LEVEL',
    default: 'info',
    choices: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    doc: 'Lowest level that is logged. `offloop log-level` changes it in a cluster that runs.',
  }),
  accessLogOneIn: integer({
    variable: 'OFFLOOP_ACCESS_LOG_ONE_IN',
    default: 1,
    min: 0,
    max: 1_000_000,
    doc: 'Of how many requests that went well one has a line in the log, by task; the line says so (`oneIn`). 0: none. Errors and requests that were cut off always have theirs.',
  }),
} as const satisfies Record<string, Setting<unknown>>

type SettingValue<S> = S extends Setting<infer Value> ? Value : never

/** The settings, parsed and validated. Frozen. */
export type Config = {
  readonly [Name in keyof typeof settingTable]: SettingValue<(typeof settingTable)[Name]>
}
