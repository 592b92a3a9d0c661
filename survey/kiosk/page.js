// The page /kiosk/: mounts the card, keeps it loadable without a network, and takes a new version between visits only.
import { mount } from "./mount.js";
import { ownToken, takeFragment } from "./own_phone.js";
import { fetchVersion } from "./version.js";

const { enrol: code = null, visit } = takeFragment();
const visitToken = ownToken(visit);
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

const opened = mount(document.getElementById("kiosk"), visitToken ? { visitToken } : { code, onIdle: betweenVisits });

// A page that the browser kept and brings back shows nothing of the visit that was on it.
addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload(); });
addEventListener("hashchange", () => { if (/^#(enrol|visit)=/.test(location.hash)) location.reload(); });

if (!visitToken && "serviceWorker" in navigator) navigator.serviceWorker.register("service_worker.js").catch(() => {});
