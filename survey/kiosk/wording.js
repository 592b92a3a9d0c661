// The interface's words, one file per language. The instrument's own words come with the instrument.
export const LANGUAGES = { en: "English", es: "Español" };
export const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ur"]);

export async function loadWording(base) {
  const read = async (language) => [language, await (await fetch(new URL(`wording/${language}.json`, base))).json()];
  return Object.fromEntries(await Promise.all(Object.keys(LANGUAGES).map(read)));
}

// The text under `key`, with {names} filled in.
export function say(words, key, values = {}) {
  if (!(key in words)) throw new Error(`No wording for ${key}.`);
  return words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
