// The interface's words, one file per language. The instrument's own words come with the instrument.
export const LANGUAGES = { en: "English", es: "Español", fr: "Français", ar: "العربية", zh: "中文" };
const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ur"]);

export const directionOf = (language) => (RIGHT_TO_LEFT.has(language.split("-")[0]) ? "rtl" : "ltr");

export async function loadWording(base) {
  const read = async (language) => [language, await (await fetch(new URL(`wording/${language}.json`, base))).json()];
  return Object.fromEntries(await Promise.all(Object.keys(LANGUAGES).map(read)));
}

// The text under `key`, with {names} filled in.
export function say(words, key, values = {}) {
  if (!(key in words)) throw new Error(`No wording for ${key}.`);
  return words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// The language in which the questions are shown to somebody who reads `language`: never a translation of our own making.
export function questionLanguage(instrument, language) {
  const offered = Object.keys(instrument.wording);
  return [language, "en", ...offered].find((each) => offered.includes(each));
}

// How the reader's language calls another one.
export function nameLanguage(language, inLanguage) {
  return new Intl.DisplayNames([inLanguage], { type: "language" }).of(language);
}

// The local help line in the reader's language, or in whichever it was written.
export function helpLine(kiosk, language) {
  const lines = kiosk?.settings?.help_line ?? {};
  const found = [language, "en", ...Object.keys(lines)].find((each) => lines[each]);
  return found ? { text: lines[found], language: found } : null;
}
