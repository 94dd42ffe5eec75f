import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))
const program = fixture('log-much.ts')
const PROCESSES = 3
/** What the program writes from its event loop and two threads. */
const LINES = 3 * 400
const PIPE_BUF = 4096

/** Runs a command of the shell in which `all` is some processes that log much at once. */
function shell(command: string, args: readonly string[] = []) {
  const all = `program="$1"; all() { for n in ${'x '.repeat(PROCESSES)}; do "$0" "$program" & done; wait; }`
  const child = spawn('sh', ['-c', `${all}; ${command}`, process.execPath, program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  onTestFinished(() => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  })
  return child
}

/** @throws where one is torn */
const linesOf = (log: string) =>
  log
    .trimEnd()
    .split('\n')
    .map((line) => ({ bytes: Buffer.byteLength(line), facts: JSON.parse(line) }))

describe('lines of several processes and threads at once are whole', () => {
  test('in a pipe, where none is longer than that takes', async () => {
    const lines = linesOf(await text(shell('all | cat').stdout))
    expect(lines).toHaveLength(PROCESSES * LINES)
    expect(Math.max(...lines.map(({ bytes }) => bytes))).toBeLessThan(PIPE_BUF)
    const shortened = lines.filter(({ facts }) => facts.shortenedFrom > 6000)
    expect(shortened).toHaveLength((PROCESSES * LINES) / 5)
  })

  test('in a pipe that is read slowly', async () => {
    const { stdout } = shell('all | cat')
    stdout.setEncoding('utf8')
    let log = ''
    // With a pause after each piece the writers find the pipe full again and again.
    for await (const piece of stdout) {
      log += piece
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(linesOf(log)).toHaveLength(PROCESSES * LINES)
  })

  test('in a socket, as Node.js and systemd give their children one', async () => {
    const lines = linesOf(await text(shell('all').stdout))
    expect(lines).toHaveLength(PROCESSES * LINES)
    expect(Math.max(...lines.map(({ bytes }) => bytes))).toBeGreaterThan(6000)
  })

  test.each(['>', '>>'])('in a file (%s)', async (redirect) => {
    const dir = await mkdtemp(join(tmpdir(), 'offloop-log-'))
    onTestFinished(() => rm(dir, { recursive: true }))
    const file = join(dir, 'log')
    expect(await once(shell(`all ${redirect} "$2"`, [file]), 'exit')).toEqual([0, null])
    expect(linesOf(await readFile(file, 'utf8'))).toHaveLength(PROCESSES * LINES)
  })
})

describe('lines that wait to be written together', () => {
  const linesOfEnding = async (level: string, ending: string) => {
    const args = [fixture('log-and-die.ts'), level, ending]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    return (await text(child.stdout))
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [JSON.parse(line).msg]))
  }

  test('are out with the first warning, even if the process is killed in the same moment', async () => {
    expect(await linesOfEnding('warn', 'is killed')).toEqual(['before', 'last'])
  })

  test('are out when the process exits', async () => {
    expect(await linesOfEnding('info', 'exits')).toEqual(['before', 'last'])
  })
  test('are out when it exits behind lines that a slow reader has not taken', async () => {
    const command = '"$0" "$1" info exits much | cat'
    const args = ['-c', command, process.execPath, fixture('log-and-die.ts')]
    const child = spawn('sh', args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    onTestFinished(() => {
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    })
    expect(String(await once(child.stderr, 'data'))).toBe('exiting')
    const lines = linesOf(await text(child.stdout))
    expect(lines.at(-1)?.facts.msg).toBe('last')
  })
})
