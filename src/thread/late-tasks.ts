import type { TaskFile } from '../protocol/thread-messages.ts'
import type { Task } from '../tasks/define-task.ts'
import { TaskError } from '../tasks/task-error.ts'
import { importTask } from './import-task.ts'
import type { TaskSource } from './task-source.ts'

/** A thread that has had nothing to do for so long loads something. */
const IDLE_MS = 50

/**
 * The tasks of a thread that took another one's place. The first threads have proved that every file
 * loads, so this one need not load them all before it takes a request: each when it is wanted, or
 * when there is nothing else to do.
 */
export class LateTasks implements TaskSource {
  readonly #files: ReadonlyMap<string, string>
  readonly #loading = new Map<string, Promise<Task>>()
  /** Names that nobody has asked for yet. */
  readonly #untouched: Set<string>
  #busy = false
  #idleTimer: NodeJS.Timeout | undefined

  constructor(files: readonly TaskFile[]) {
    this.#files = new Map(files.map(({ name, file }) => [name, file]))
    this.#untouched = new Set(this.#files.keys())
  }

  get size(): number {
    return this.#loading.size
  }

  /** Loads some now. What cannot be loaded is told to whoever asks for it. */
  async load(names: readonly string[]): Promise<void> {
    for (const name of names) await this.get(name).catch(() => {})
  }

  async get(name: string): Promise<Task | undefined> {
    const file = this.#files.get(name)
    if (file === undefined) return undefined
    this.#untouched.delete(name)
    const loading = this.#loading.get(name) ?? importTask(file)
    this.#loading.set(name, loading)
    try {
      return await loading
    } catch (cause) {
      // The next one who asks tries again.
      this.#loading.delete(name)
      throw loadFailed(name, cause)
    }
  }

  onBusy(): void {
    this.#busy = true
    clearTimeout(this.#idleTimer)
  }

  onIdle(): void {
    this.#busy = false
    const [next] = this.#untouched
    if (next === undefined) return
    this.#idleTimer = setTimeout(() => void this.#loadIdly(next), IDLE_MS)
  }

  async #loadIdly(name: string): Promise<void> {
    await this.load([name])
    if (!this.#busy) this.onIdle()
  }
}

function loadFailed(name: string, cause: unknown): TaskError {
  const message = `The thread that was to run the task "${name}" could not load it`
  return new TaskError('TASK_LOAD_FAILED', message, { cause })
}
