import type { IRouter } from 'express'
import type { CatalogueEntry } from '../../protocol/thread-messages.ts'
import { allowOnly } from '../middleware/errors.ts'

/** `GET /`: what this is and what it answers, for a program or for a browser. Made once. */
export function addHomeRoutes(router: IRouter, catalogue: readonly CatalogueEntry[]): void {
  const endpoints = endpointsOf(catalogue)
  const json = { success: true, name: 'offloop', description: DESCRIPTION, endpoints }
  const html = homePage(endpoints)
  router
    .route('/')
    .get((_request, response) => {
      response.format({
        json: () => response.json({ ...json, timestamp: new Date().toISOString() }),
        html: () => response.send(html),
        default: () => response.json({ ...json, timestamp: new Date().toISOString() }),
      })
    })
    .all(allowOnly('GET', 'HEAD'))
}

const DESCRIPTION = 'A server for work that computes: each task runs on a thread and blocks nothing else'

interface Endpoint {
  readonly method: string
  readonly path: string
  readonly description: string
}

function endpointsOf(catalogue: readonly CatalogueEntry[]): Endpoint[] {
  return [
    { method: 'GET', path: '/livez', description: 'The process is alive' },
    { method: 'GET', path: '/readyz', description: 'The process takes work' },
    { method: 'GET', path: '/api/tasks', description: 'The tasks with the JSON Schemas of their input' },
    { method: 'POST', path: '/api/process-image', description: 'The task process-image' },
    { method: 'POST', path: '/api/analyze-data', description: 'The task analyze-data' },
    ...catalogue.map(({ name, description }) => ({
      method: 'POST',
      path: `/api/tasks/${name}`,
      description,
    })),
  ]
}

function homePage(endpoints: readonly Endpoint[]): string {
  const rows = endpoints.map(
    ({ method, path, description }) =>
      `<tr><td>${method}</td><td><code>${escapeHtml(path)}</code></td><td>${escapeHtml(description)}</td></tr>`,
  )
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Offloop</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 3rem auto; padding: 0 1rem; color: #1b1f24 }
table { border-collapse: collapse; width: 100% }
td { padding: .4rem .8rem .4rem 0; border-top: 1px solid #d8dee4; vertical-align: top }
code { font: 14px ui-monospace, monospace; white-space: nowrap }
</style>
<h1>Offloop</h1>
<p>${escapeHtml(DESCRIPTION)}.</p>
<table>${rows.join('\n')}</table>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
