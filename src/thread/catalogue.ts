import { readdir } from 'node:fs/promises'
import { basename, extname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { z } from 'zod'
import type { Config } from '../config/settings.ts'
import type { CatalogueEntry, JsonSchema, TaskLoadFailure } from '../protocol/thread-messages.ts'
import { isTask, type Task } from '../tasks/define-task.ts'
import { formsOf } from '../tasks/task-input.ts'

export interface LoadedTasks {
  /** By name, in the order of their names. */
  readonly tasks: ReadonlyMap<string, Task>
  readonly failures: readonly TaskLoadFailure[]
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
    const files = await taskFiles(directory).catch((error: unknown) => {
      failures.push({ file: directory, reason: `the folder cannot be read: ${messageOf(error)}` })
      return []
    })
    for (const file of files) {
      const outcome = await loadFile(file)
      if ('reason' in outcome) failures.push(outcome)
      else loaded.push(outcome)
    }
  }
  return { tasks: byName(loaded, failures), failures }
}

/** What a task says of itself, with the settings' limits where it names none. */
export function describeTask(name: string, task: Task, config: Config): CatalogueEntry {
  const forms = formsOf(task.input)
  const operators = config.taskLimits[name]
  const maxConcurrency = operators?.maxConcurrency ?? task.maxConcurrency
  return {
    name,
    description: task.description,
    input: {
      ...(forms.json && { json: jsonSchemaOf(forms.json) }),
      ...(forms.bytes && { bytes: forms.bytes.mediaTypes }),
      ...(forms.multipart && { multipart: { files: forms.multipart.files, fields: forms.multipart.fields } }),
    },
    ...(task.parameters && { parameters: jsonSchemaOf(task.parameters) }),
    produces: task.produces,
    priority: task.priority,
    ...(maxConcurrency !== undefined && { maxConcurrency }),
    ...(task.retry && { retry: task.retry }),
    limits: {
      timeMs: operators?.timeMs ?? task.limits.timeMs ?? config.taskTimeoutMs,
      queueTimeoutMs: operators?.queueTimeoutMs ?? task.limits.queueTimeoutMs ?? config.queueTimeoutMs,
      inputBytes: Math.min(task.limits.inputBytes ?? config.maxBodyBytes, config.maxBodyBytes),
    },
  }
}

interface LoadedFile {
  readonly name: string
  readonly file: string
  readonly task: Task
}

const TASK_EXTENSIONS = ['.ts', '.mts', '.js', '.mjs', '.cjs']

async function taskFiles(directory: string): Promise<string[]> {
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
    const module: { default?: unknown } = await import(pathToFileURL(file).href)
    if (!isTask(module.default)) {
      return { file, reason: 'the default export is not a task: expected "export default defineTask({ … })"' }
    }
    // A schema that has no JSON Schema is found now, not when somebody asks for the catalogue.
    jsonSchemasOf(module.default)
    return { name, file, task: module.default }
  } catch (error) {
    return { file, reason: messageOf(error) }
  }
}

function byName(loaded: readonly LoadedFile[], failures: TaskLoadFailure[]): Map<string, Task> {
  const first = new Map<string, LoadedFile>()
  for (const each of loaded) {
    const earlier = first.get(each.name)
    if (earlier === undefined) first.set(each.name, each)
    else failures.push({ file: each.file, reason: `the name "${each.name}" is taken by ${earlier.file}` })
  }
  const sorted = [...first.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return new Map(sorted.map(({ name, task }) => [name, task]))
}

function jsonSchemasOf(task: Task): JsonSchema[] {
  return [formsOf(task.input).json, task.parameters]
    .filter((schema) => schema !== undefined)
    .map(jsonSchemaOf)
}

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return rest
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
