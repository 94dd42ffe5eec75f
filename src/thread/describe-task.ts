import { z } from 'zod'
import type { Config } from '../config/settings.ts'
import type { CatalogueEntry, JsonSchema } from '../protocol/thread-messages.ts'
import type { Task } from '../tasks/define-task.ts'
import { formsOf } from '../tasks/task-input.ts'

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

/**
 * Tries the schemas of a task: one that has no JSON Schema is found when the task is loaded, not when
 * somebody asks for the catalogue.
 */
export function assertDescribable(task: Task): void {
  for (const schema of [formsOf(task.input).json, task.parameters]) {
    if (schema !== undefined) jsonSchemaOf(schema)
  }
}

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return rest
}
