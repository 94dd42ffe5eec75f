/** How the command ends. Scripts rely on these; `offloop --help` and docs/cli.md list them. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 3, notAllowed: 4 } as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** An end with a sentence for standard error and an exit code. */
export class CliError extends Error {
  override readonly name: string = 'CliError'
  readonly exitCode: ExitCode

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

/** Nobody answers at an address, or somebody who is not ours. */
export class UnreachableError extends CliError {
  override readonly name = 'UnreachableError'
  /** Nothing listens there: a program that did has ended. */
  readonly gone: boolean

  constructor(message: string, options?: ErrorOptions & { readonly gone?: boolean }) {
    super(EXIT.unreachable, message, options)
    this.gone = options?.gone ?? false
  }
}

/** A problem+json answer. */
export class ProblemAnswerError extends CliError {
  override readonly name = 'ProblemAnswerError'
  readonly code: string
  /** The answer as it came, and parsed. */
  readonly text: string
  readonly body: Readonly<Record<string, unknown>>

  constructor(status: number, text: string, body: Readonly<Record<string, unknown>>) {
    const code = textOf(body.code) ?? `HTTP ${status}`
    const detail = textOf(body.detail) ?? textOf(body.title) ?? 'The answer is an error'
    super(exitCodeFor(status), `${detail} (${code})`)
    this.code = code
    this.text = text
    this.body = body
  }
}

function exitCodeFor(status: number): ExitCode {
  if (status === 401 || status === 403) return EXIT.notAllowed
  return status === 422 ? EXIT.usage : EXIT.failed
}

function textOf(member: unknown): string | undefined {
  return typeof member === 'string' ? member : undefined
}
