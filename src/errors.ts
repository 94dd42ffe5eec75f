/** One row of the error table. */
export interface ErrorEntry {
  /** HTTP status. */
  readonly status: number
  /** The same words each time; the `detail` of an answer names the value and what was wanted. */
  readonly title: string
  /** When it happens and what helps, for `docs/errors.md`. */
  readonly doc: string
}

/**
 * Every stable error code of the HTTP API. `docs/errors.md` is generated from this table, and a
 * test keeps the two equal.
 */
export const errorTable = {
  // --- the request itself ---
  REQUEST_MALFORMED: {
    status: 400,
    title: 'The request is not valid HTTP',
    doc: 'The bytes on the connection could not be read as an HTTP request. The connection is closed.',
  },
  BODY_EMPTY: {
    status: 400,
    title: 'The request has no body',
    doc: 'The task needs input and the body was empty.',
  },
  BODY_ENCODING_INVALID: {
    status: 400,
    title: 'The body cannot be decompressed',
    doc: 'The body is not what its Content-Encoding says.',
  },
  JSON_INVALID: {
    status: 400,
    title: 'The body is not valid JSON',
    doc: 'The body is not UTF-8, or not JSON. The detail says where parsing stopped.',
  },
  MULTIPART_INVALID: {
    status: 400,
    title: 'The body is not valid multipart/form-data',
    doc: 'The boundary is missing, a part is cut off, or a part has a name that the task does not take.',
  },
  TIMEOUT_INVALID: {
    status: 400,
    title: 'The X-Timeout-Ms header cannot be used',
    doc: 'An integer of milliseconds from 1 is wanted.',
  },
  ROUTE_NOT_FOUND: {
    status: 404,
    title: 'Nothing is served at this path',
    doc: '`GET /` lists what is.',
  },
  TASK_NOT_FOUND: {
    status: 404,
    title: 'There is no task of this name',
    doc: '`GET /api/tasks` lists the tasks.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'The path does not answer this method',
    doc: 'The `Allow` header lists the methods that it does answer.',
  },
  NOT_ACCEPTABLE: {
    status: 406,
    title: 'No answer in an accepted media type is possible',
    doc: 'The `Accept` header rules out everything that the task can produce.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    title: 'The request took too long to arrive',
    doc: 'Headers or body were not complete in time (`OFFLOOP_HEADERS_TIMEOUT_MS`, `OFFLOOP_REQUEST_TIMEOUT_MS`), or the body came too slowly (`OFFLOOP_MIN_BODY_BYTES_PER_SECOND`). The connection is closed.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    title: 'The body is too large',
    doc: 'Larger than `OFFLOOP_MAX_BODY_BYTES`, or than the limit of the task. Refused before the rest is read. A compressed body counts at its full size.',
  },
  MEDIA_TYPE_UNSUPPORTED: {
    status: 415,
    title: 'The task does not take this media type',
    doc: 'The `Content-Type` is missing or not one that the task takes; the detail lists those.',
  },
  CONTENT_ENCODING_UNSUPPORTED: {
    status: 415,
    title: 'The body has an unknown Content-Encoding',
    doc: 'gzip, deflate, br and zstd are understood.',
  },
  EXPECTATION_FAILED: {
    status: 417,
    title: 'The expectation cannot be met',
    doc: 'Only `Expect: 100-continue` is understood.',
  },
  TOO_MANY_CONNECTIONS: {
    status: 429,
    title: 'The address has too many connections',
    doc: 'As many connections of this address are open as may be (`OFFLOOP_MAX_CONNECTIONS_PER_ADDRESS`). The connection is closed. Use those that are open, or close some.',
  },
  TOO_MANY_PIPELINED: {
    status: 429,
    title: 'The connection has too many requests waiting',
    doc: 'More than a thousand requests arrived on the connection before the first was answered (`OFFLOOP_MAX_PIPELINED` are worked on at once). Those before this one are answered, in order; then the connection is closed, and what came after this one was not looked at.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    title: 'The request headers are too large',
    doc: 'More than 16 KiB of headers. The connection is closed.',
  },

  // --- the input of a task ---
  INPUT_INVALID: {
    status: 422,
    title: 'The input is not what the task takes',
    doc: 'The JSON does not match the schema of the task. `errors` lists each problem with the path to it.',
  },
  PARAMETERS_INVALID: {
    status: 422,
    title: 'The query is not what the task takes',
    doc: 'A query parameter is unknown or has a wrong value. `errors` lists each problem.',
  },

  INPUT_QUARANTINED: {
    status: 422,
    title: 'Runs of this input have ended threads or processes',
    doc: 'The same input (task, body, query and what else the task can see) has twice ended the thread or the process that it ran on, so it is refused in every process until the time in `until`; `retryAfterSeconds` and `Retry-After` say how long that is. Then it has one more chance (`OFFLOOP_QUARANTINE_MS`).',
  },

  // --- process-image ---
  IMAGE_INVALID: {
    status: 422,
    title: 'The bytes are not a readable image',
    doc: 'Not an image, or cut off, or damaged. Nothing is guessed from the Content-Type or the file name.',
  },
  IMAGE_FORMAT_UNSUPPORTED: {
    status: 422,
    title: 'The image format is not supported',
    doc: 'The bytes are an image of a format that is not on the list (SVG among them, on purpose). The detail lists those that are.',
  },
  IMAGE_TOO_LARGE: {
    status: 422,
    title: 'The image has too many pixels or frames',
    doc: 'The header announces more than `OFFLOOP_IMAGE_MAX_PIXELS` pixels or more than `OFFLOOP_IMAGE_MAX_FRAMES` frames. Refused before decoding.',
  },
  OUTPUT_TOO_LARGE: {
    status: 422,
    title: 'The result would be too large',
    doc: 'The operations ask for an image above `OFFLOOP_IMAGE_MAX_PIXELS` pixels, or with a side longer than its format allows.',
  },
  OPERATION_INVALID: {
    status: 422,
    title: 'An image operation is not valid',
    doc: 'The type is unknown or an option is wrong. The details give the index of the operation and what was wanted.',
  },

  // --- analyze-data ---
  DATASET_EMPTY: {
    status: 422,
    title: 'The dataset is empty',
    doc: 'At least one number is needed.',
  },
  DATASET_INVALID: {
    status: 422,
    title: 'The dataset has something that is not a finite number',
    doc: 'The details give the index of the first such element, and for CSV its line. Also for a float64 body whose length is not a multiple of 8 bytes.',
  },
  CSV_INVALID: {
    status: 422,
    title: 'The CSV cannot be read',
    doc: 'Not UTF-8, not well-formed, records of unequal length, or a column named by `?column=` that is missing or stands twice. The details list the columns.',
  },
  ANALYSIS_TYPE_UNKNOWN: {
    status: 422,
    title: 'The analysis type is unknown',
    doc: 'One of statistical, pattern and comprehensive.',
  },

  // --- the operators' server ---
  OPS_TOKEN_INVALID: {
    status: 401,
    title: 'The bearer token is missing or wrong',
    doc: 'Reload, scale, stop and the diagnostics want `Authorization: Bearer` with the value of `OFFLOOP_OPS_TOKEN`.',
  },
  CONTROL_REFUSED: {
    status: 403,
    title: 'Control is not allowed from here',
    doc: "The operators' server listens beyond loopback and no `OFFLOOP_OPS_TOKEN` is set; or the request comes from a web page.",
  },
  RELOAD_RUNNING: {
    status: 409,
    title: 'A reload is running',
    doc: 'One at a time: wait for the verdict of the first.',
  },
  SHUTTING_DOWN: {
    status: 409,
    title: 'The cluster is shutting down',
    doc: 'Nothing else is begun any more.',
  },
  SCALE_INVALID: {
    status: 422,
    title: 'The number of processes cannot be used',
    doc: '`POST /scale` wants JSON, `{"processes": 4}`, an integer from 1 to 512.',
  },
  LOG_LEVEL_INVALID: {
    status: 422,
    title: 'The log level cannot be changed to that',
    doc: 'On the operators\' server: `POST /log-level` takes JSON like `{"level": "debug"}`, with one of the values of `LOG_LEVEL` and no other member.',
  },
  SLOT_NOT_FOUND: {
    status: 404,
    title: 'There is no slot of this number',
    doc: '`GET /status` lists the slots.',
  },
  SLOT_NOT_READY: {
    status: 409,
    title: 'No process serves in the slot',
    doc: 'It is starting, draining or dead; `GET /status` says which.',
  },
  DIAGNOSIS_RUNNING: {
    status: 409,
    title: 'A diagnosis of the slot is running',
    doc: 'One at a time for a slot, and for the primary: wait for the end of the first, or end its connection.',
  },
  DIAGNOSIS_INVALID: {
    status: 422,
    title: 'The query of a diagnosis cannot be used',
    doc: 'A parameter is unknown, stands twice or has a wrong value; the detail says which, and what is wanted.',
  },
  DIAGNOSIS_FAILED: {
    status: 500,
    title: 'The diagnosis could not be carried out',
    doc: 'The process or the thread did not reply in time or has ended. `POST /stack` tells where an event loop hangs.',
  },
  DIAGNOSIS_UNAVAILABLE: {
    status: 501,
    title: 'This diagnosis is not to be had here',
    doc: 'This Node.js cannot do it (threads are profiled from 24.8 on), or a setting has turned off what it needs (`OFFLOOP_BLOCK_WARN_MS=0`).',
  },
  RELOAD_FAILED: {
    status: 500,
    title: 'The reload stopped, the processes that were not replaced serve on',
    doc: 'A new process did not become ready, or the new settings cannot be used. `reason` says which, `slots` how far it came.',
  },
  SCALE_FAILED: {
    status: 500,
    title: 'A new process did not become ready',
    doc: 'The number of slots stays at what is ready. `reason` says why.',
  },

  // --- running a task ---
  TASK_FAILED: {
    status: 500,
    title: 'The task failed',
    doc: 'The task threw an error that is not about the input. The log line with the request id has the stack.',
  },
  TASK_LOAD_FAILED: {
    status: 500,
    title: 'The task could not be loaded',
    doc: "The file of the task loaded when the process started and did not any more on a thread that took another one's place: it was changed or removed. The log line with the request id has the reason; reload to use new files.",
  },
  TASK_CRASHED: {
    status: 500,
    title: 'The thread ended under the task',
    doc: 'The task ended its thread (an exit, or an uncaught error). A new thread has taken its place.',
  },
  TASK_OUT_OF_MEMORY: {
    status: 500,
    title: 'The task ran out of memory',
    doc: 'The task needed more heap than a thread may have (`OFFLOOP_THREAD_MAX_HEAP_BYTES`). A new thread has taken its place.',
  },
  TASK_RESULT_INVALID: {
    status: 500,
    title: 'The task returned something that cannot be sent',
    doc: 'Not JSON (a cycle, a BigInt, undefined) and not `binary(…)`.',
  },
  INTERNAL_ERROR: {
    status: 500,
    title: 'The server failed',
    doc: 'A defect of the server. The log line with the request id has the stack.',
  },
  CONNECTIONS_FULL: {
    status: 503,
    title: 'The server has too many connections',
    doc: 'As many connections are open as may be (`OFFLOOP_MAX_CONNECTIONS`). The connection is closed; another one may come to a process that has room.',
  },
  QUEUE_FULL: {
    status: 503,
    title: 'The server is saturated',
    doc: 'As many requests are waiting as may wait (`OFFLOOP_QUEUE_MAX`), or bodies and answers hold as much memory as they may (`OFFLOOP_QUEUE_MAX_BYTES`), or the client has not read the answers that it asked for. `Retry-After` is an estimate from measured run times.',
  },
  WOULD_MISS_DEADLINE: {
    status: 503,
    title: 'The request would wait too long',
    doc: 'By the run times measured lately, no thread would be free in the time that the task (`OFFLOOP_QUEUE_TIMEOUT_MS`) or the client (`X-Timeout-Ms`) lets it wait, less a fifth because it is an estimate. The time of a client has to last for the run as well. Refused at once. `Retry-After` is from the same estimate.',
  },
  QUEUE_TIMEOUT: {
    status: 503,
    title: 'The request waited too long',
    doc: 'No thread was free for it in the time that it may wait. The task was not begun.',
  },
  TASK_TIMEOUT: {
    status: 504,
    title: 'The task took too long',
    doc: 'Longer than the time limit of the task, counted from its start on a thread. The task was stopped.',
  },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof errorTable

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code)
}

/** An answer that is an error: thrown anywhere in an HTTP process, turned into problem+json in one place. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  /** One of {@link errorTable}, or a code that a user's task brought along. */
  readonly code: string
  readonly status: number
  readonly details: Readonly<Record<string, unknown>> | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      readonly details?: ProblemError['details']
      readonly headers?: Readonly<Record<string, string>>
      readonly cause?: unknown
    } = {},
  ) {
    super(message, { cause: options.cause })
    this.code = code
    this.status = errorTable[code].status
    this.details = options.details
    this.headers = options.headers ?? {}
  }
}
