/**
 * Makes JSON of a profile as V8 itself writes it: it puts the names of functions and files between quotes as they are
 * (`CpuProfile::Serialize`, seen with Node 26.10). One regular expression with a quote in it, which is a function too
 * once V8 has compiled it, and nothing can read the file.
 *
 * A V8 that escapes them would have them escaped twice here: names would look odd, and the file still be JSON.
 */
export function escapeNames(profile: string): string {
  return profile.replace(
    CALL_FRAME,
    (_frame, name: string, place: string, url: string) =>
      `{"functionName":${JSON.stringify(name)},${place},"url":${JSON.stringify(url)}}`,
  )
}

/** A name ends where what follows a name begins, and not at its first quote. */
const CALL_FRAME =
  /\{"functionName":"(.*?)",("lineNumber":-?\d+,"columnNumber":-?\d+,"scriptId":\d+),"url":"(.*?)"\}(?=[,}])/gs
