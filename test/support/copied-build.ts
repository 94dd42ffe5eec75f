import { appendFile, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Copies the built program to a folder of its own, so that a test can start a cluster from there and
 * change its code on disk: what an operator does who deploys and then reloads.
 *
 *     await using build = await copyBuild()
 *     await using cluster = await new Cluster(settings, build.command).ready()
 *     await build.breakHttpProcess()
 */
export async function copyBuild(): Promise<CopiedBuild> {
  const dir = await mkdtemp(join(tmpdir(), 'offloop-build-'))
  await Promise.all([
    cp(join(root, 'dist'), join(dir, 'dist'), { recursive: true }),
    cp(join(root, 'package.json'), join(dir, 'package.json')),
    symlink(join(root, 'node_modules'), join(dir, 'node_modules')),
  ])
  return new CopiedBuild(dir)
}

/** The file that only HTTP processes load; the primary goes on with it broken. */
const HTTP_PROCESS_FILE = 'dist/src/http/http-process.js'
const HOME_FILE = 'dist/src/http/routes/home.js'

export class CopiedBuild implements AsyncDisposable {
  readonly dir: string
  /** What starts it, for the second argument of `Cluster`. */
  readonly command: readonly string[]
  readonly #originals = new Map<string, string>()

  constructor(dir: string) {
    this.dir = dir
    this.command = [process.execPath, join(dir, 'dist/src/main.js')]
  }

  /** From now on an HTTP process that starts dies while it loads. */
  async breakHttpProcess(): Promise<void> {
    await this.#remember(HTTP_PROCESS_FILE)
    await appendFile(join(this.dir, HTTP_PROCESS_FILE), "\nthrow new Error('broken build')\n")
  }

  /**
   * Changes one place in a file.
   *
   * @param file relative to the copy, such as `dist/src/http/routes/home.js`
   * @throws when the text does not stand there exactly once: the test would change nothing, or too much
   */
  async replace(file: string, before: string, after: string): Promise<void> {
    const text = await this.#remember(file)
    const places = text.split(before).length - 1
    if (places !== 1) throw new Error(`Cannot replace ${before} in ${file}: expected it once, got ${places}`)
    await writeFile(
      join(this.dir, file),
      text.replace(before, () => after),
    )
  }

  /** The description that HTTP processes started from now on give at `GET /`. */
  async setDescription(description: string): Promise<void> {
    const text = await this.#remember(HOME_FILE)
    const line = /^const DESCRIPTION = .*$/m
    if (!line.test(text)) throw new Error(`Cannot find the description in ${HOME_FILE}`)
    await writeFile(
      join(this.dir, HOME_FILE),
      text.replace(line, () => `const DESCRIPTION = ${JSON.stringify(description)}`),
    )
  }

  /** Takes all changes back. */
  async restore(): Promise<void> {
    for (const [file, text] of this.#originals) await writeFile(join(this.dir, file), text)
    this.#originals.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.dir, { recursive: true, force: true })
  }

  /** Reads a file, and keeps what stood there before the first change. */
  async #remember(file: string): Promise<string> {
    const text = await readFile(join(this.dir, file), 'utf8')
    if (!this.#originals.has(file)) this.#originals.set(file, text)
    return text
  }
}
