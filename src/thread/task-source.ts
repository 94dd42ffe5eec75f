import type { Task } from '../tasks/define-task.ts'

/** Where a thread has its tasks from. */
export interface TaskSource {
  /** Tasks that are loaded. */
  readonly size: number
  /**
   * Undefined where there is no task of that name.
   *
   * @throws {TaskError} `TASK_LOAD_FAILED`
   */
  get(name: string): Task | undefined | Promise<Task | undefined>
  /** The thread has a run now. */
  onBusy?(): void
  /** The thread has nothing to do. */
  onIdle?(): void
}
