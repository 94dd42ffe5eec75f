import { readFileSync } from 'node:fs'
import { inClosedLoop } from '../harness/closed-loop.ts'
import { problemOf } from '../harness/expected-answer.ts'
import { smallerImage } from './parts/smaller-image.mjs'
import { withoutHttp } from './parts/without-http.mjs'

/** The limit: THREADS pictures at once in each process, from memory to memory. */
withoutHttp(({ images, seconds }) => {
  const wanted = images.map((image) => ({ ...image, bytes: readFileSync(image.file) }))
  return inClosedLoop({
    clients: Number(process.env.THREADS),
    seconds,
    async once(turn) {
      const { bytes, expected, ...size } = wanted[turn % wanted.length]
      const problem = problemOf(200, await smallerImage(bytes, size), expected)
      if (problem) throw new Error(problem)
    },
  })
})
