import express from 'express'
import { pino } from 'pino'
import request from 'supertest'
import { describe, expect, test } from 'vitest'
import { requestLog, withoutSecrets } from '../../../src/http/middleware/request-log.ts'

test.each([
  ['/livez', '/livez'],
  ['/a?b=1&c', '/a?b=1&c'],
  ['/a?token=x&b=1', '/a?token=[redacted]&b=1'],
  ['/a?b=1&API_KEY=x=y&c=2', '/a?b=1&API_KEY=[redacted]&c=2'],
  [
    '/a?X-Amz-Signature=x&Authorization=y&passwd=z',
    '/a?X-Amz-Signature=[redacted]&Authorization=[redacted]&passwd=[redacted]',
  ],
  ['/a?client%5Bsecret%5D=x', '/a?client%5Bsecret%5D=[redacted]'],
  ['/a?key', '/a?key'],
  ['/a?key=', '/a?key=[redacted]'],
])('%s is logged as %s', (url, logged) => {
  expect(withoutSecrets(url)).toBe(logged)
})

describe('of requests that went well, one in so many has a line', () => {
  /** Answers with the status that the path names. */
  function appWith(oneIn: number, level = 'info') {
    const lines: Record<string, unknown>[] = []
    const log = pino({ level }, { write: (line) => lines.push(JSON.parse(line)) })
    let built = 0
    const app = express()
    app.use((incoming, _response, next) => {
      const { headers } = incoming
      Object.defineProperty(incoming, 'headers', {
        get() {
          built += 1
          return headers
        },
      })
      next()
    })
    app.use(requestLog(log, oneIn))
    app.get('/:status', (incoming, response) => {
      response.status(Number(incoming.params.status)).end()
    })
    const ask = async (...statuses: number[]) => {
      for (const status of statuses) await request(app).get(`/${status}`)
      return lines.map((line) => line.status)
    }
    return { ask, lines, built: () => built }
  }

  test('and says how many it stands for', async () => {
    const { ask, lines } = appWith(3)
    expect(await ask(200, 201, 204, 302, 200)).toEqual([200, 302])
    expect(lines.map(({ oneIn }) => oneIn)).toEqual([3, 3])
  })

  test('errors all have theirs, which stand for themselves', async () => {
    const { ask, lines } = appWith(0)
    expect(await ask(200, 400, 404, 500, 503, 200, 400)).toEqual([400, 404, 500, 503, 400])
    expect(lines.every((line) => !('oneIn' in line))).toBe(true)
  })

  test('above the level of its line none is built', async () => {
    const loud = appWith(1)
    expect(await loud.ask(200)).toEqual([200])
    const quiet = appWith(1, 'warn')
    expect(await quiet.ask(200, 500)).toEqual([500])
    // The id is looked up for each, the rest for the one line.
    expect(quiet.built() - loud.built()).toBe(1)
  })
})
