export const SUMMARY = 'Runs Offloop, a clustered HTTP server for CPU-bound work, and controls one that runs.'

/** What stands below the lists of commands and options. */
export const helpEnd = `
Examples:
  offloop start --port 8080 --processes 4    run a cluster here
  offloop status --watch                     look at it, each second
  offloop status --json                      the same for a program
  offloop stack --slot 0                     where its event loop is, also when it hangs
  offloop profile --slot 1 > x.cpuprofile    what its CPU time goes to
  offloop reload                             replace its processes, one at a time
  offloop scale +1                           one HTTP process more
  offloop log-level debug                    log more, at once and everywhere
  offloop stop --timeout 30                  shut it down, wait until it is gone

Exit codes:
  0  done; for status: every slot is ready
  1  the operation failed or did not end in time; for status: a slot is not ready
  2  wrong usage, or a setting that cannot be used
  3  the primary cannot be reached
  4  not allowed: the token is missing or wrong, or control is refused

Settings are environment variables: "offloop settings" lists them, docs/settings.md explains them.
The token for what changes or looks into a cluster comes from OFFLOOP_OPS_TOKEN or --token-file, never from an
argument, which every user of the machine could see.
`
