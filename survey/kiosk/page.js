// The page /kiosk/: mounts the card, keeps it loadable without a network, and takes a new version between visits only.
import { mount } from "./mount.js";

let waiting = null;
let updating = false;

function takeNewVersion() {
  if (!waiting) return;
  updating = true;
  waiting.postMessage("take over");
}

mount(document.getElementById("kiosk"), { onIdle: takeNewVersion });

if ("serviceWorker" in navigator) {
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (updating) location.replace(location.href);
  });
  const registration = await navigator.serviceWorker.register("service_worker.js");
  waiting = registration.waiting;
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker.addEventListener("statechange", () => {
      if (worker.state === "installed" && navigator.serviceWorker.controller) waiting = worker;
    });
  });
}
