// The version of the kiosk's files on this device. A new one is fetched whole, beside the old one, and only then counts.
const PREFIX = "compati-kiosk-";

const ask = async () => (await fetch("shell.json", { cache: "no-store" })).json();

async function fetchInto(cache, file, version) {
  const answer = await fetch(`${file}?version=${version}`, { cache: "no-store" });
  if (!answer.ok) throw new Error(`The server answered ${answer.status} for ${file}.`);
  await cache.put(file, answer);
}

// Fetch the server's version if it is not on the device yet, and return its name. Throws when the server is out of
// reach or was restarted with another version meanwhile; the old version then stays.
export async function fetchVersion() {
  const { version, files } = await ask();
  // Browsers keep files on HTTPS and localhost only; elsewhere the page needs its server to open.
  if (!("caches" in globalThis)) return version;
  const name = PREFIX + version;
  const cache = await caches.open(name);
  if (!await cache.match("complete")) {
    await Promise.all(files.map((file) => fetchInto(cache, file, version)));
    if ((await ask()).version !== version) throw new Error("The server was changed meanwhile.");
    await cache.put("complete", new Response());
  }
  const others = (await caches.keys()).filter((each) => each.startsWith(PREFIX) && each !== name);
  await Promise.all(others.map((each) => caches.delete(each)));
  return version;
}
