import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/*
 * Who may import whom (docs/architecture.md). The rooms run in different processes and threads; an
 * import against the arrows would load Express in the primary or a task on an event loop.
 */
const ANYONE = ['config', 'errors', 'problem-json', 'observability', 'roster']
const MAY_IMPORT: Record<string, string[]> = {
  primary: ['protocol', ...ANYONE],
  http: ['scheduler', 'protocol', ...ANYONE],
  scheduler: ['protocol', ...ANYONE],
  thread: ['tasks', 'protocol', ...ANYONE],
  tasks: [],
  protocol: [],
  config: [],
  errors: [],
  roster: [],
  'problem-json': ['errors'],
  observability: ['config', 'errors', 'protocol'],
  main: ['config'],
  cli: ['protocol', 'config', 'errors'],
  index: ['tasks'],
  workers: ['index', 'tasks', 'config'],
}

const root = fileURLToPath(new URL('..', import.meta.url))
const files = globSync(['src/**/*.ts', 'workers/**/*.ts'], { cwd: root })

/** `src/http/app.ts` is in http, `src/errors.ts` in errors, all of `workers/` in workers. */
function roomOf(file: string): string {
  const [top = '', next = ''] = file.split('/')
  return top === 'workers' ? 'workers' : next.replace(/\.ts$/, '')
}

function staticImports(file: string): string[] {
  const source = readFileSync(join(root, file), 'utf8')
  return [...source.matchAll(/from '(\.[^']+)'/g)].map(([, path = '']) =>
    normalize(join(dirname(file), path)),
  )
}

test.each(files)('%s imports only what its room may', (file) => {
  const room = roomOf(file)
  const allowed = [room, ...(MAY_IMPORT[room] ?? [])]
  const foreign = staticImports(file).filter((imported) => !allowed.includes(roomOf(imported)))
  expect(foreign).toEqual([])
})

test('the primary loads nothing that computes or serves applications', () => {
  const packages = files
    .filter((file) => roomOf(file) === 'primary')
    .flatMap((file) => [...readFileSync(join(root, file), 'utf8').matchAll(/from '([^.'][^']*)'/g)])
    .map(([, name = '']) => name)
    .filter((name) => !name.startsWith('node:'))
  // It prints what Prometheus reads.
  expect(packages).toEqual(['prom-client'])
})

test('no identifier in src uses "worker" bare, which means four things', () => {
  const bare = files
    .filter((file) => file.startsWith('src/'))
    .filter((file) =>
      /\b(?:const|let|function|class|interface|type)\s+worker\w*\b(?! as )/i.test(
        readFileSync(join(root, file), 'utf8'),
      ),
    )
  expect(bare).toEqual([])
})
