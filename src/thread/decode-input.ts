import type { FormName } from '../protocol/select-form.ts'
import type { Task } from '../tasks/define-task.ts'
import { TaskError } from '../tasks/task-error.ts'
import { formsOf, type OneOfForms } from '../tasks/task-input.ts'
import { decodeJson } from './decode-json.ts'
import { decodeMultipart } from './decode-multipart.ts'
import { validate } from './validate.ts'

/**
 * The body as the task wants it. Which form it is follows from the Content-Type, which the HTTP
 * process has already checked against the forms that the task takes.
 */
export async function decodeInput(
  task: Task,
  body: Uint8Array<ArrayBuffer>,
  contentType: string | undefined,
): Promise<unknown> {
  const forms = formsOf(task.input)
  if (body.length === 0) return inputOfEmptyBody(forms)
  switch (await formOf(forms, contentType)) {
    case 'json':
      return jsonInput(forms, decodeJson(body))
    case 'multipart':
      return decodeMultipart(forms.multipart ?? { files: [], fields: [] }, body, contentType ?? '')
    case 'bytes':
      return { form: 'bytes', bytes: body, mediaType: mediaTypeOf(contentType) }
    case undefined:
      throw new TaskError('MEDIA_TYPE_UNSUPPORTED', `The task does not take "${contentType ?? ''}"`)
  }
}

/** Where there is a choice. What knows media types is loaded for that alone: it takes as long as some tasks. */
async function formOf(forms: OneOfForms, contentType: string | undefined): Promise<FormName | undefined> {
  const [only, ...others] = Object.keys(forms) as FormName[]
  if (others.length === 0) return only
  const { selectForm } = await import('../protocol/select-form.ts')
  return selectForm({ ...forms, bytes: forms.bytes?.mediaTypes }, contentType)
}

/** Without its parameters, in small letters; empty where there is none. The HTTP process has checked that it is one. */
function mediaTypeOf(contentType = ''): string {
  const [essence = ''] = contentType.split(';', 1)
  return essence.trim().toLowerCase()
}

/** A task whose schema allows `undefined` (`.optional()`, `.default(…)`) can be called without a body. */
function inputOfEmptyBody(forms: OneOfForms): unknown {
  if (forms.json?.safeParse(undefined).success) return jsonInput(forms, undefined)
  throw new TaskError('BODY_EMPTY', 'The request has no body: the task needs input')
}

/** A task that takes JSON alone receives the bare value; one that takes several forms must be told which. */
function jsonInput(forms: OneOfForms, parsed: unknown): unknown {
  if (forms.json === undefined) return undefined
  const value = validate(forms.json, parsed, 'INPUT_INVALID')
  return Object.keys(forms).length === 1 ? value : { form: 'json', value }
}
