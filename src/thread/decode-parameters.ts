import type { Task } from '../tasks/define-task.ts'
import { validate } from './validate.ts'

/**
 * The query as the task's schema makes it. Before the schema every value is a string, and a name
 * that stands several times has a list of them. A task without a schema gets nothing.
 */
export function decodeParameters(task: Task, query: string): unknown {
  if (task.parameters === undefined) return {}
  if (query === '') return validate(task.parameters, {}, 'PARAMETERS_INVALID')
  const search = new URLSearchParams(query)
  const entries = [...new Set(search.keys())].map((name) => {
    const values = search.getAll(name)
    return [name, values.length === 1 ? values[0] : values]
  })
  return validate(task.parameters, Object.fromEntries(entries), 'PARAMETERS_INVALID')
}
