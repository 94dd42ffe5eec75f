import { readFileSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { inClosedLoop } from '../../harness/closed-loop.ts'
import { problemOf } from '../../harness/expected-answer.ts'
import { analysed } from './analysed.mjs'

parentPort.on('message', (job) => void inLoop(job).then((result) => parentPort.postMessage(result)))

function inLoop({ bodyFile, form, analysisType, expected, seconds }) {
  // A copy that has its ArrayBuffer for itself.
  const bytes = Uint8Array.from(readFileSync(bodyFile))
  const once = () => {
    const input = form === 'json' ? JSON.parse(new TextDecoder().decode(bytes)) : bytes
    const answer = new TextEncoder().encode(JSON.stringify(analysed(input, analysisType)))
    const problem = problemOf(200, answer, expected)
    if (problem) throw new Error(problem)
  }
  return inClosedLoop({ clients: 1, seconds, once })
}
