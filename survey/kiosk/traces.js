// What a browser notes by itself of a visit, outside of every variable: the addresses that the page asked for, and a
// visit's address holds its uuid; and the text that a regular expression matched last.
export function forgetTraces() {
  performance.clearResourceTimings();
  /^/.test("");
}
