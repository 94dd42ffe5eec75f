import type { z } from 'zod'

/**
 * The forms in which a task takes its input. A task names one of them, or several with {@link oneOf}.
 *
 * - a zod schema: the body is JSON (`application/json`), parsed and validated on the thread
 * - {@link bytes}: the body as it came, in one of the accepted media types
 * - {@link multipart}: `multipart/form-data`, decoded on the thread
 */
export type TaskInput = z.ZodType | BytesInput | MultipartInput | OneOfInput<OneOfForms>

/** Bytes as they came. `mediaTypes` may use wildcards, like `image/*`. */
export interface BytesInput {
  readonly form: 'bytes'
  readonly mediaTypes: readonly string[]
}

/** `multipart/form-data` with named files and fields; others are refused by name. */
export interface MultipartInput {
  readonly form: 'multipart'
  readonly files: readonly string[]
  readonly fields: readonly string[]
}

export interface OneOfForms {
  readonly json?: z.ZodType
  readonly bytes?: BytesInput
  readonly multipart?: MultipartInput
}

export interface OneOfInput<Forms extends OneOfForms> {
  readonly form: 'oneOf'
  readonly forms: Forms
}

/** What `run` receives for {@link bytes}. */
export interface ReceivedBytes {
  readonly form: 'bytes'
  /** Owns its whole ArrayBuffer: it may be transferred or changed. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** The media type that the request named, in lower case and without its parameters. */
  readonly mediaType: string
}

/** What `run` receives for {@link multipart}. A file or field that was not sent is absent. */
export interface ReceivedMultipart {
  readonly form: 'multipart'
  readonly files: Readonly<Record<string, ReceivedFile>>
  readonly fields: Readonly<Record<string, string>>
}

export interface ReceivedFile {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly filename: string | undefined
  readonly mediaType: string
}

/** What `run` receives for the JSON form of {@link oneOf}. A task with JSON alone receives the value itself. */
export interface ReceivedJson<Value> {
  readonly form: 'json'
  readonly value: Value
}

/** The type that `run` receives for an input. */
export type Received<Input extends TaskInput> = Input extends z.ZodType
  ? z.output<Input>
  : Input extends BytesInput
    ? ReceivedBytes
    : Input extends MultipartInput
      ? ReceivedMultipart
      : Input extends OneOfInput<infer Forms>
        ? ReceivedOneOf<Forms>
        : never

type ReceivedOneOf<Forms extends OneOfForms> =
  | (Forms['json'] extends z.ZodType ? ReceivedJson<z.output<Forms['json']>> : never)
  | (Forms['bytes'] extends BytesInput ? ReceivedBytes : never)
  | (Forms['multipart'] extends MultipartInput ? ReceivedMultipart : never)

/** Takes the body as bytes in one of these media types. @example bytes('image/*') */
export function bytes(...mediaTypes: [string, ...string[]]): BytesInput {
  return { form: 'bytes', mediaTypes }
}

/** Takes `multipart/form-data` with these files and fields. */
export function multipart(parts: { files?: readonly string[]; fields?: readonly string[] }): MultipartInput {
  return { form: 'multipart', files: parts.files ?? [], fields: parts.fields ?? [] }
}

/** Takes whichever of several forms the request's Content-Type names; `run` switches on `input.form`. */
export function oneOf<const Forms extends OneOfForms>(forms: Forms): OneOfInput<Forms> {
  return { form: 'oneOf', forms }
}

/** An input's forms by name, whichever way the task wrote it. */
export function formsOf(input: TaskInput): OneOfForms {
  if (!('form' in input)) return { json: input }
  if (input.form === 'oneOf') return input.forms
  return { [input.form]: input }
}
