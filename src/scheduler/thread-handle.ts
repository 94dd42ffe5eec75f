import { EventEmitter } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MessageChannel, type MessagePort, Worker as NodeThread } from 'node:worker_threads'
import type { Config } from '../config/settings.ts'
import type {
  FromThread,
  TaskAnswer,
  TaskRequest,
  ThreadBooted,
  ThreadStart,
} from '../protocol/thread-messages.ts'
import { ThreadLostError } from './thread-pool.ts'

interface ThreadEvents {
  /** It has loaded its tasks and takes requests; one of the first threads says what it has found. */
  ready: [booted: ThreadBooted | undefined]
  /** It ends, or has ended, and takes no requests any more. Told once; a run that it had has been rejected. */
  lost: [error: ThreadLostError, hadRun: boolean]
}

/** One thread, as its HTTP process sees it. It has one run at a time. */
export class ThreadHandle extends EventEmitter<ThreadEvents> {
  readonly thread: NodeThread
  /** Node's id, also when it has ended. */
  readonly id: number
  /** It is to get no run any more. */
  retiring = false
  /** A port of its own: tasks, and what they import, may use the one to the parent for themselves. */
  readonly #port: MessagePort
  #run: PromiseWithResolvers<TaskAnswer> | undefined
  #ready = false
  #lost = false

  /** @param start cloned at this moment */
  constructor(start: Omit<ThreadStart<Config>, 'port'>) {
    super()
    const { port1, port2 } = new MessageChannel()
    this.thread = new NodeThread(PROGRAM, {
      workerData: { ...start, port: port2 } satisfies ThreadStart<Config>,
      transferList: [port2],
      resourceLimits: { maxOldGenerationSizeMb: Math.ceil(start.config.threadMaxHeapBytes / 2 ** 20) },
    })
    this.id = this.thread.threadId
    this.#port = port1
    port1.on('message', (message: FromThread) => this.#receive(message))
    this.thread.on('error', (error) => this.#lose(new ThreadLostError(reasonOf(error), error)))
    this.thread.once('exit', (code) => {
      this.#lose(new ThreadLostError('exit', new Error(`the thread exited with code ${code}`)))
    })
  }

  /** Whether it had loaded its tasks before it was lost, if it is. */
  get hasBeenReady(): boolean {
    return this.#ready
  }

  get isReady(): boolean {
    return this.#ready && !this.#lost
  }

  get isLost(): boolean {
    return this.#lost
  }

  get isBusy(): boolean {
    return this.#run !== undefined
  }

  /** Whether it can be given a request. */
  get isFree(): boolean {
    return this.#run === undefined && this.#ready && !this.retiring && !this.#lost
  }

  /**
   * Gives it a request. To be called only while it {@link isFree}. The body is handed over, unless it is in shared memory.
   *
   * @returns rejects with {@link ThreadLostError} where the thread ends before it answers, and where it could not be given
   */
  run(request: TaskRequest): Promise<TaskAnswer> {
    const run = Promise.withResolvers<TaskAnswer>()
    const { body } = request
    try {
      this.#port.postMessage(request, body instanceof ArrayBuffer ? [body] : [])
      this.#run = run
    } catch (error) {
      // A body that somebody else has taken already, for instance.
      run.reject(error)
    }
    return run.promise
  }

  /** Ends the thread, and rejects its run at once: native code may go on for a while. */
  terminate(): void {
    this.#lose(new ThreadLostError('terminated', new Error('the thread was told to end')))
    void this.thread.terminate()
  }

  #receive(message: FromThread): void {
    if (message.kind === 'thread-booted' || message.kind === 'thread-ready') {
      this.#ready = true
      this.emit('ready', message.kind === 'thread-booted' ? message : undefined)
      return
    }
    const run = this.#run
    this.#run = undefined
    run?.resolve(message)
  }

  #lose(error: ThreadLostError): void {
    if (this.#lost) return
    this.#lost = true
    this.#port.close()
    const run = this.#run
    this.#run = undefined
    run?.reject(error)
    this.emit('lost', error, run !== undefined)
  }
}

/** As `.ts` from source and as `.js` when built. */
const PROGRAM = fileURLToPath(new URL(`../thread/thread-main${extname(import.meta.url)}`, import.meta.url))

function reasonOf(error: unknown): ThreadLostError['reason'] {
  return isOutOfMemory(error) ? 'out-of-memory' : 'uncaught-error'
}

export function isOutOfMemory(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY'
}
