// Whether a comment mentions harm: the server marks it by the same lists. A word counts from its beginning on ("abus"
// finds "abuso"), in Arabic and Chinese anywhere, since there a word may carry its article or stand without spaces.
const ANYWHERE = /\p{Script=Arabic}|\p{Script=Han}/u;
const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/[’ʼ]/g, "'").replace(/\s+/g, " ");

export function mentionsHarm(comment, words) {
  const text = plain(comment);
  return words.some((word) => {
    const sought = plain(word);
    for (let at = text.indexOf(sought); at >= 0; at = text.indexOf(sought, at + 1)) {
      if (ANYWHERE.test(sought) || !/[\p{L}\p{N}]$/u.test(text.slice(0, at))) return true;
    }
    return false;
  });
}
