import { describe, expect, test } from 'vitest'
import { type AnswerWishes, chooseAnswer, naturalFormat } from '../../../workers/image/choose-answer.ts'
import { taskContext } from '../../support/task-context.ts'

function choose(accept: string, wishes: Partial<AnswerWishes> = {}) {
  const { request } = taskContext({ accept })
  const preferred = (mediaTypes: readonly string[]) => request.preferred(mediaTypes)
  return chooseAnswer({ cameAs: 'bytes', asked: undefined, natural: 'png', preferred, ...wishes })
}

describe('bytes in', () => {
  test.each([
    ['*/*', { form: 'bytes', format: 'png' }],
    ['image/*', { form: 'bytes', format: 'png' }],
    ['application/json', { form: 'json', format: 'png' }],
    ['image/webp', { form: 'bytes', format: 'webp' }],
    ['image/webp, image/jpeg;q=0.5', { form: 'bytes', format: 'webp' }],
    ['image/gif, image/jpeg', { form: 'bytes', format: 'jpeg' }],
    ['text/html, image/avif;q=0.2, application/json;q=0.9', { form: 'json', format: 'png' }],
    ['image/png;q=0, image/*', { form: 'bytes', format: 'jpeg' }],
  ])('Accept: %s', (accept, answer) => {
    expect(choose(accept)).toEqual(answer)
  })
})

describe('JSON in', () => {
  test.each([
    ['*/*', { form: 'json', format: 'png' }],
    ['application/json, */*;q=0.1', { form: 'json', format: 'png' }],
    ['image/*', { form: 'bytes', format: 'png' }],
    ['image/webp', { form: 'bytes', format: 'webp' }],
  ])('Accept: %s', (accept, answer) => {
    expect(choose(accept, { cameAs: 'json' })).toEqual(answer)
  })
})

describe('a format that the operations name', () => {
  test.each([
    ['*/*', { form: 'bytes', format: 'avif' }],
    ['image/*', { form: 'bytes', format: 'avif' }],
    ['application/json', { form: 'json', format: 'avif' }],
    ['image/webp, image/avif;q=0.1', { form: 'bytes', format: 'avif' }],
    ['image/webp, application/json;q=0.1', { form: 'json', format: 'avif' }],
  ])('wins over Accept: %s', (accept, answer) => {
    expect(choose(accept, { asked: 'avif' })).toEqual(answer)
  })

  test('is not acceptable where Accept names another image type alone', () => {
    expect(() => choose('image/webp', { asked: 'avif' })).toThrow(
      expect.objectContaining({
        code: 'NOT_ACCEPTABLE',
        details: { possible: ['image/avif', 'application/json'] },
      }),
    )
  })
})

test('Accept without anything that is possible is refused, with what is', () => {
  expect(() => choose('text/html, image/gif')).toThrow(
    expect.objectContaining({
      code: 'NOT_ACCEPTABLE',
      message:
        'No accepted media type is possible: expected one of image/png, image/jpeg, image/webp, image/avif, application/json',
    }),
  )
})

test.each([
  ['jpeg', 1, 'jpeg'],
  ['png', 1, 'png'],
  ['webp', 5, 'webp'],
  ['avif', 1, 'avif'],
  ['gif', 5, 'webp'],
  ['gif', 1, 'png'],
  ['tiff', 1, 'png'],
] as const)('%s of %d frames stays %s', (format, frames, kept) => {
  expect(naturalFormat({ format, frames })).toBe(kept)
})
