// What a browser notes by itself of a visit, outside of every variable: the addresses that the page asked for, and a
// visit's address holds its uuid; the text that a regular expression matched last; and the text that was marked last, which
// it also keeps track of from one question to the next.
export function forgetTraces() {
  performance.clearResourceTimings();
  /^/.test("");
  getSelection().removeAllRanges();
}
