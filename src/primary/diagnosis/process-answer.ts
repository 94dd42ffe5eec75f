import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { unlinkSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { isErrorCode, ProblemError } from '../../errors.ts'
import {
  DIAGNOSIS_KEY_HEADER,
  type DiagnosisOrder,
  type DiagnosisProblem,
  diagnosisAddress,
} from '../../protocol/diagnosis.ts'
import type { HttpProcessHandle } from '../http-process-handle.ts'

/** A process whose event loop turns connects within milliseconds. */
const CONNECT_MS = 5000

/**
 * Has a process look into itself (`protocol/diagnosis.ts`).
 *
 * @param answerMs for the answer to begin, from when it has connected
 * @param signal ends it, in the process too
 * @returns what it sends; an error of this stream says that it was cut off
 * @throws {ProblemError} what the process says, or `DIAGNOSIS_FAILED`
 * @throws the reason of the signal
 */
export async function answerOfProcess(
  handle: HttpProcessHandle,
  order: DiagnosisOrder,
  answerMs: number,
  signal: AbortSignal,
): Promise<Readable> {
  const key = randomBytes(16).toString('hex')
  const address = diagnosisAddress(randomBytes(16).toString('hex'))
  const server = createServer().listen(address)
  await once(server, 'listening')
  try {
    handle.tell({ type: 'diagnose', ...order, address, key })
    const answer = await firstAnswer(server, key, handle, answerMs, signal)
    if (answer.statusCode === 200) return answer
    throw await problemIn(answer, handle)
  } finally {
    server.close()
    // A server that closes takes its file along; one of a name without a file has none.
    if (!address.startsWith('\0')) unlinkIfThere(address)
  }
}

/** That of the process: whoever else connects does not know the key. */
async function firstAnswer(
  server: Server,
  key: string,
  { pid, exited }: HttpProcessHandle,
  answerMs: number,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  // What comes after the first of all these ends is of no interest.
  promise.catch(() => {})
  const sockets = new Set<Socket>()
  const failIn = (ms: number, sentence: string) =>
    setTimeout(() => reject(new ProblemError('DIAGNOSIS_FAILED', sentence)), ms)
  let timer = failIn(
    CONNECT_MS,
    `Process ${pid} has not replied within ${CONNECT_MS} ms: its event loop hangs, POST /stack tells where`,
  )
  server.on('connection', (socket) => {
    sockets.add(socket)
    clearTimeout(timer)
    timer = failIn(answerMs, `Process ${pid} has not answered within ${answerMs} ms`)
    const asked = request({ createConnection: () => socket, headers: { Host: 'offloop' } })
    asked.on('error', () => reject(gone(pid)))
    asked.on('response', (answer) => {
      if (answer.headers[DIAGNOSIS_KEY_HEADER] !== key) return void socket.destroy()
      sockets.delete(socket)
      signal.addEventListener('abort', () => answer.destroy())
      resolve(answer)
    })
    asked.end()
  })
  void exited.then(() => reject(gone(pid)))
  const onAbort = () => reject(signal.reason as Error)
  signal.addEventListener('abort', onAbort)
  try {
    signal.throwIfAborted()
    return await promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    // The process sees that, and ends what it is doing.
    for (const socket of sockets) socket.destroy()
  }
}

function gone(pid: number): ProblemError {
  return new ProblemError('DIAGNOSIS_FAILED', `Process ${pid} has ended, or given up`)
}

async function problemIn(answer: IncomingMessage, { pid }: HttpProcessHandle): Promise<ProblemError> {
  try {
    const { code, message } = JSON.parse(await text(answer)) as DiagnosisProblem
    return new ProblemError(isErrorCode(code) ? code : 'DIAGNOSIS_FAILED', message)
  } catch {
    return gone(pid)
  }
}

function unlinkIfThere(file: string): void {
  try {
    unlinkSync(file)
  } catch {
    // It is gone, as it should be.
  }
}
