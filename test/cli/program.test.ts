import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { createProgram, usageSentence } from '../../src/cli/program.ts'
import { packageVersion } from '../../src/config/version.ts'
import { runCli } from '../support/run-cli.ts'

test('help lists commands, examples, exit codes and where settings are documented', async () => {
  const { code, stdout, stderr } = await runCli(['--help'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  for (const command of ['start', 'status', 'tasks', 'settings', 'reload', 'scale', 'stop', 'help']) {
    expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'))
  }
  expect(stdout).toContain('Examples:\n  offloop start --port 8080')
  expect(stdout).toContain('Exit codes:\n  0  done')
  expect(stdout).toContain('docs/settings.md')
})

test('the version is that of the package', async () => {
  expect(await runCli(['--version'])).toEqual({ code: 0, stdout: `${packageVersion()}\n`, stderr: '' })
})

test('no command at all is wrong usage: help on standard error and exit code 2', async () => {
  const { code, stdout, stderr } = await runCli([])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('Usage: offloop <command> [options]')
})

test.each([
  [['statsu'], "Unknown command 'statsu', did you mean status?"],
  [['xyz'], "Unknown command 'xyz', offloop --help lists what there is"],
  [['start', '--prot', '1'], "Unknown option '--prot', did you mean --port?"],
  [['scale'], "Missing required argument 'number'"],
  [['scale', '0'], 'Cannot scale: expected an integer from 1 to 512, or a change such as +1, got "0"'],
  [['status', '--watch', '0'], 'Cannot use --watch: expected seconds from 0.1 to 3600, got "0"'],
  [
    ['log-level', 'chatty'],
    'Cannot set the log level: expected one of fatal, error, warn, info, debug, trace, silent, got "chatty"',
  ],
  [['stop', '--timeout', 'soon'], 'Cannot use --timeout: expected seconds from 0 to 86400, got "soon"'],
])('%j is one sentence and exit code 2', async (args, sentence) => {
  expect(await runCli(args)).toEqual({ code: 2, stdout: '', stderr: `offloop: ${sentence}\n` })
})

test('docs/cli.md names every command and every option', async () => {
  const page = await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8')
  for (const command of createProgram().commands) {
    expect(page).toContain(`\`offloop ${command.name()}`)
    for (const { long } of command.options) expect(page).toContain(long)
  }
})

test('messages of the argument parser become sentences like ours', () => {
  expect(usageSentence("error: too many arguments for 'scale'. Expected 1 argument but got 2: 1, 2.\n")).toBe(
    "Too many arguments for 'scale': expected 1 argument but got 2: 1, 2",
  )
})
