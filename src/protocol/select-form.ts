import typeis from 'type-is'

/** The media types that a task takes, by form; a form that it does not take is absent. */
export interface AcceptedForms {
  readonly json?: unknown
  readonly bytes?: readonly string[] | undefined
  readonly multipart?: unknown
}

export type FormName = 'json' | 'bytes' | 'multipart'

/**
 * The form that a Content-Type stands for, or undefined where the task takes none such. Any
 * `application/json` or `…+json` is JSON. The HTTP process refuses with it, the thread decodes by it.
 */
export function selectForm(forms: AcceptedForms, contentType: string | undefined): FormName | undefined {
  if (forms.json && typeis.is(contentType ?? '', ['application/json', '+json'])) return 'json'
  if (forms.multipart && typeis.is(contentType ?? '', ['multipart/form-data'])) return 'multipart'
  if (forms.bytes && typeis.is(contentType ?? '', [...forms.bytes])) return 'bytes'
  return undefined
}

/** The media types of all forms, for telling a caller what is wanted. */
export function mediaTypesOf(forms: AcceptedForms): string[] {
  return [
    ...(forms.json ? ['application/json'] : []),
    ...(forms.multipart ? ['multipart/form-data'] : []),
    ...(forms.bytes ?? []),
  ]
}
