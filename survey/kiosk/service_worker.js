// Lets the page open without its server: answers for the kiosk's files from the newest version that is wholly on the
// device. It keeps no version of its own, so nothing waits for the browser to exchange workers; version.js fetches one.
const PREFIX = "compati-kiosk-";

async function kept(request) {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX));
  for (const name of names.reverse()) {
    const cache = await caches.open(name);
    if (await cache.match("complete")) return cache.match(request, { ignoreSearch: true, ignoreVary: true });
  }
  return undefined;
}

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(self.registration.scope)) return;
  // version.js asks for the server's own file.
  if (new URL(request.url).searchParams.has("version")) return;
  event.respondWith(kept(request).then((answer) => answer ?? fetch(request)));
});
