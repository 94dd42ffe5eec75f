/** Parts of a report that hold secrets, or tell of the machine's network. */
const LEFT_OUT = ['environmentVariables', 'networkInterfaces']

/**
 * Node's diagnostic report of this process and its threads, without variables of the environment. The event loop stands
 * still until each thread has told of itself, which one in native code does when it returns from there.
 *
 * `process.report.excludeEnv` alone would not do: threads print theirs all the same (Node 26.10).
 */
export function diagnosticReport(): string {
  // Node's types do not know that it can leave out the network (and the lookup of every peer's name).
  const report: typeof process.report & { excludeNetwork?: boolean } = process.report
  const before = { excludeEnv: report.excludeEnv, excludeNetwork: report.excludeNetwork }
  Object.assign(report, { excludeEnv: true, excludeNetwork: true })
  try {
    return JSON.stringify(report.getReport(), (name, value: unknown) =>
      LEFT_OUT.includes(name) ? undefined : value,
    )
  } finally {
    Object.assign(report, before)
  }
}
