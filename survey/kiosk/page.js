// The page /kiosk/: mounts the card, keeps it loadable without a network, and takes a new version between visits only.
import { mount } from "./mount.js";
import { fetchVersion } from "./version.js";

const { version } = document.documentElement.dataset;

// Asked whenever a visit has ended, since a kiosk stays open for weeks. A patient who began meanwhile is not disturbed.
async function betweenVisits() {
  try {
    const newest = await fetchVersion();
    if (newest !== version && (await opened).unoccupied) location.replace(location.href);
  } catch {
    // Asked again after the next visit.
  }
}

const opened = mount(document.getElementById("kiosk"), { onIdle: betweenVisits });

if ("serviceWorker" in navigator) navigator.serviceWorker.register("service_worker.js").catch(() => {});
