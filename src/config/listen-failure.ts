/**
 * The sentence for a port that cannot be listened on, or undefined where the error is another one.
 *
 * @param variable the setting that names the port
 */
export function listenFailure(
  error: unknown,
  variable: string,
  host: string,
  port: number,
): string | undefined {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return `Cannot listen on ${host}:${port}: another program does already; stop it, or set ${variable}`
    case 'EACCES':
      return `Cannot listen on ${host}:${port}: this user may not use that port; set ${variable} to 1024 or above`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `Cannot listen on ${host}:${port}: this machine does not have that address`
    default:
      return undefined
  }
}
