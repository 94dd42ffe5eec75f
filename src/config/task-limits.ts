import type { Setting } from './setting-types.ts'

/** What an operator sets for one task in place of what the task says of itself. */
export interface TaskLimitsOverride {
  readonly timeMs?: number
  readonly queueTimeoutMs?: number
  readonly maxConcurrency?: number
}

/** By the name of the task. */
export type TaskLimitsOverrides = Readonly<Record<string, TaskLimitsOverride>>

const MEMBERS = ['timeMs', 'queueTimeoutMs', 'maxConcurrency']

/** A setting that is JSON: `{"process-image":{"timeMs":5000}}`. */
export function taskLimits(options: {
  readonly variable: string
  readonly doc: string
}): Setting<TaskLimitsOverrides> {
  return {
    ...options,
    type: 'JSON',
    default: {},
    unit: undefined,
    wanted: `JSON like {"process-image":{"timeMs":5000}} with ${MEMBERS.join(', ')} as numbers above 0`,
    parse: (text) => {
      const value = parseJson(text)
      return isRecord(value) && Object.values(value).every(isOverride)
        ? (value as TaskLimitsOverrides)
        : undefined
    },
  }
}

function isOverride(value: unknown): boolean {
  return (
    isRecord(value) &&
    Object.entries(value).every(
      ([name, limit]) => MEMBERS.includes(name) && typeof limit === 'number' && limit > 0,
    )
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
