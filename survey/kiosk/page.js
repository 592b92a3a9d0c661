// The page /kiosk/: mounts the card, keeps it loadable without a network, and takes a new version between visits only.
import { mount } from "./mount.js";

let registration = null;
let updating = false;

// A page that stays open for weeks asks for a new version itself; the one found now is taken after the next visit.
function betweenVisits() {
  if (registration?.waiting) {
    updating = true;
    registration.waiting.postMessage("take over");
  } else {
    registration?.update().catch(() => {});
  }
}

mount(document.getElementById("kiosk"), { onIdle: betweenVisits });

// Browsers have service workers on HTTPS and localhost only; without one the page needs its server to open.
if ("serviceWorker" in navigator) {
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (updating) location.replace(location.href);
  });
  registration = await navigator.serviceWorker.register("service_worker.js");
}
