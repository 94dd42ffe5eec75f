import { pathToFileURL } from 'node:url'
import { isTask, type Task } from '../tasks/define-task.ts'

/** A file whose default export is something else than a task. */
export class NotATaskError extends Error {
  override readonly name = 'NotATaskError'

  constructor() {
    super('the default export is not a task: expected "export default defineTask({ … })"')
  }
}

/**
 * Imports a task into this thread, which has its own instance of each module.
 *
 * @param file absolute
 * @throws {NotATaskError}
 * @throws whatever the file throws while it is evaluated
 */
export async function importTask(file: string): Promise<Task> {
  const module: { default?: unknown } = await import(pathToFileURL(file).href)
  if (!isTask(module.default)) throw new NotATaskError()
  return module.default
}
