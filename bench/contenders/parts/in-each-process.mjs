import cluster from 'node:cluster'

/**
 * PROCESSES processes in node:cluster, each of which runs `serve`. Says on which port they listen as soon as all of
 * them do.
 */
export function inEachProcess(serve) {
  if (!cluster.isPrimary) return serve()
  const processes = Number(process.env.PROCESSES)
  let listening = 0
  cluster.on('listening', (_process, { port }) => {
    listening += 1
    if (listening === processes) process.send?.({ port })
  })
  for (let count = 0; count < processes; count++) cluster.fork()
  process.once('SIGTERM', () => process.exit())
}
