import { TaskError } from '../tasks/task-error.ts'
import type { MultipartInput, ReceivedFile, ReceivedMultipart } from '../tasks/task-input.ts'

/**
 * Decodes `multipart/form-data` with Node's own parser (the one of `fetch`): the body is whole and
 * bounded in memory already, so a streaming parser would only add a dependency.
 *
 * @throws {TaskError} `MULTIPART_INVALID` for a damaged body, and for parts that the task does not take
 */
export async function decodeMultipart(
  wanted: Pick<MultipartInput, 'files' | 'fields'>,
  body: Uint8Array<ArrayBuffer>,
  contentType: string,
): Promise<ReceivedMultipart> {
  const files: Record<string, ReceivedFile> = {}
  const fields: Record<string, string> = {}
  for (const [name, value] of await parse(body, contentType)) {
    if (Object.hasOwn(files, name) || Object.hasOwn(fields, name)) {
      throw invalid(`the part "${name}" stands twice`)
    }
    if (typeof value !== 'string' && wanted.files.includes(name)) files[name] = await receive(value)
    else if (typeof value === 'string' && wanted.fields.includes(name)) fields[name] = value
    else throw invalid(unexpectedPart(name, value, wanted))
  }
  return { form: 'multipart', files, fields }
}

async function parse(body: Uint8Array<ArrayBuffer>, contentType: string): Promise<FormData> {
  try {
    return await new Response(body, { headers: { 'Content-Type': contentType } }).formData()
  } catch (cause) {
    throw new TaskError(
      'MULTIPART_INVALID',
      'Cannot read the multipart body: expected parts between the boundary of the Content-Type, each complete',
      { cause },
    )
  }
}

async function receive(file: File): Promise<ReceivedFile> {
  return { bytes: await file.bytes(), filename: file.name || undefined, mediaType: file.type }
}

function unexpectedPart(
  name: string,
  value: File | string,
  wanted: Pick<MultipartInput, 'files' | 'fields'>,
): string {
  const list = [
    ...wanted.files.map((each) => `file "${each}"`),
    ...wanted.fields.map((each) => `field "${each}"`),
  ]
  const got = typeof value === 'string' ? 'field' : 'file'
  return `expected only ${list.join(', ')}, got ${got} "${name}"`
}

function invalid(reason: string): TaskError {
  return new TaskError('MULTIPART_INVALID', `Cannot use the multipart body: ${reason}`)
}
