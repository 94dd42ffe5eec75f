import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { withEnvFile } from '../config/environment.ts'
import { type Environment, loadConfig } from '../config/load-config.ts'
import { CliError, EXIT } from './failure.ts'
import { OpsClient } from './ops-client.ts'

/** Where the primary is, and the right to control it. */
export interface ConnectOptions {
  readonly opsUrl?: string
  readonly tokenFile?: string
}

/** Gives a command the options that {@link connect} reads. */
export function addConnectOptions(command: Command): Command {
  return command
    .optionsGroup('Where the primary is:')
    .option(
      '--ops-url <url>',
      "the operators' server (default: as OFFLOOP_OPS_HOST and OFFLOOP_OPS_PORT say, else http://127.0.0.1:9464)",
    )
    .option(
      '--token-file <file>',
      'a file with the token that control asks for (default: the variable OFFLOOP_OPS_TOKEN)',
    )
}

/**
 * A client of the primary that the options and the environment name. Connects to nothing yet.
 *
 * @throws {CliError} for an option that cannot be used
 * @throws {ConfigError} for a variable that cannot be used
 */
export function connect(options: ConnectOptions, processEnvironment: Environment = process.env): OpsClient {
  const environment = withEnvFile(processEnvironment)
  const url = options.opsUrl === undefined ? urlOfSettings(environment) : parseUrl(options.opsUrl)
  return new OpsClient(url, tokenOf(options, environment))
}

/** Only these two settings are read: another one that is wrong is no reason to show no status. */
function urlOfSettings({ OFFLOOP_OPS_HOST, OFFLOOP_OPS_PORT }: Environment): URL {
  const { opsHost, opsPort } = loadConfig({ OFFLOOP_OPS_HOST, OFFLOOP_OPS_PORT })
  if (opsPort === 0) {
    throw new CliError(
      EXIT.usage,
      'Cannot tell where the primary is: OFFLOOP_OPS_PORT is 0, so the system chose its port; name it with --ops-url',
    )
  }
  return new URL(`http://${reachableHost(opsHost)}:${opsPort}`)
}

/** A server that listens on every address is reached on loopback. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

function parseUrl(text: string): URL {
  const url = URL.parse(text)
  if (url !== null && /^https?:$/.test(url.protocol)) return url
  throw new CliError(
    EXIT.usage,
    `Cannot use --ops-url: expected a URL such as http://127.0.0.1:9464, got ${JSON.stringify(text)}`,
  )
}

function tokenOf({ tokenFile }: ConnectOptions, environment: Environment): string | undefined {
  const from = tokenFile === undefined ? 'OFFLOOP_OPS_TOKEN' : '--token-file'
  const token = (tokenFile === undefined ? environment.OFFLOOP_OPS_TOKEN : readToken(tokenFile))?.trim()
  if (!token) {
    if (tokenFile === undefined) return undefined
    throw new CliError(EXIT.usage, `Cannot use --token-file: expected a token in ${tokenFile}, it is empty`)
  }
  if (VISIBLE_ASCII.test(token)) return token
  throw new CliError(EXIT.usage, `Cannot use the token of ${from}: expected one word of ASCII characters`)
}

/** What a header can carry without being changed on the way. */
const VISIBLE_ASCII = /^[!-~]+$/

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new CliError(
      EXIT.usage,
      `Cannot use --token-file: expected a file that can be read (${(error as Error).message})`,
    )
  }
}
