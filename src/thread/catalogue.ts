import { readdir } from 'node:fs/promises'
import { basename, extname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Config } from '../config/settings.ts'
import type { TaskFile, TaskLoadFailure, ThreadBooted } from '../protocol/thread-messages.ts'
import type { Task } from '../tasks/define-task.ts'
import { assertDescribable, describeTask } from './describe-task.ts'
import { importTask, NotATaskError } from './import-task.ts'

export interface LoadedTasks {
  /** By name, in the order of their names. */
  readonly tasks: ReadonlyMap<string, Task>
  /** In the same order. */
  readonly taskFiles: readonly TaskFile[]
  readonly failures: readonly TaskLoadFailure[]
}

/** Loads every task, for one of the first threads of a process, with its report for the HTTP process. */
export async function bootTasks(
  config: Config,
): Promise<{ tasks: ReadonlyMap<string, Task>; booted: ThreadBooted }> {
  const { tasks, taskFiles, failures } = await loadTasks(config.tasksDir)
  const catalogue = [...tasks].map(([name, task]) => describeTask(name, task, config))
  return { tasks, booted: { kind: 'thread-booted', catalogue, taskFiles, failures } }
}

const ownTasksDir = fileURLToPath(new URL('../../workers/', import.meta.url))

/**
 * Imports each task of `workers/` and of the user's folder. Never throws: what could not be loaded
 * is told in `failures`, each with its file and reason.
 *
 * @param userTasksDir absolute or relative to the current folder; empty for none
 */
export async function loadTasks(userTasksDir: string, own: string = ownTasksDir): Promise<LoadedTasks> {
  const loaded: LoadedFile[] = []
  const failures: TaskLoadFailure[] = []
  for (const directory of userTasksDir === '' ? [own] : [own, resolve(userTasksDir)]) {
    const files = await taskFilesIn(directory).catch((error: unknown) => {
      failures.push({ file: directory, reason: `the folder cannot be read: ${messageOf(error)}` })
      return []
    })
    for (const file of files) {
      const outcome = await loadFile(file)
      if ('reason' in outcome) failures.push(outcome)
      else loaded.push(outcome)
    }
  }
  const named = uniqueByName(loaded, failures)
  return {
    tasks: new Map(named.map(({ name, task }) => [name, task])),
    taskFiles: named.map(({ name, file }) => ({ name, file })),
    failures,
  }
}

interface LoadedFile extends TaskFile {
  readonly task: Task
}

const TASK_EXTENSIONS = ['.ts', '.mts', '.js', '.mjs', '.cjs']

async function taskFilesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory() && TASK_EXTENSIONS.includes(extname(entry.name)))
    .filter((entry) => !/\.d\.m?ts$/.test(entry.name))
    .map((entry) => join(directory, entry.name))
    .toSorted()
}

async function loadFile(file: string): Promise<LoadedFile | TaskLoadFailure> {
  const name = basename(file, extname(file))
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    return {
      file,
      reason: `the name of the file is the name of the task: expected kebab-case like "resize-image", got "${name}"`,
    }
  }
  try {
    const task = await importTask(file)
    assertDescribable(task)
    return { name, file, task }
  } catch (error) {
    return { file, reason: messageOf(error) }
  }
}

function uniqueByName(loaded: readonly LoadedFile[], failures: TaskLoadFailure[]): LoadedFile[] {
  const first = new Map<string, LoadedFile>()
  for (const each of loaded) {
    const earlier = first.get(each.name)
    if (earlier === undefined) first.set(each.name, each)
    else failures.push({ file: each.file, reason: `the name "${each.name}" is taken by ${earlier.file}` })
  }
  return [...first.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function messageOf(error: unknown): string {
  if (error instanceof NotATaskError) return error.message
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
