// A visit on somebody's own phone, opened by a link or a poster: its token and its finished answers live in this tab
// alone, until the server has them.
const TOKEN = "compati.visit";
const HELD = "compati.held";
const DONE = "compati.done";

// Take what the address carries behind its #, and remove it from there before anything else happens.
export function takeFragment() {
  const [, kind, value] = /^#(enrol|visit)=(.+)$/.exec(location.hash) ?? [];
  if (!kind) return {};
  history.replaceState(null, "", location.pathname);
  return { [kind]: decodeURIComponent(value) };
}

// The token of this tab's visit, or null on a kiosk; a new link begins anew.
export function ownToken(given) {
  try {
    if (given) {
      for (const key of [HELD, DONE]) sessionStorage.removeItem(key);
      sessionStorage.setItem(TOKEN, given);
    }
    return given ?? sessionStorage.getItem(TOKEN);
  } catch {
    return given ?? null;
  }
}

export function holdOwnVisit(visit) {
  try {
    sessionStorage.setItem(HELD, JSON.stringify(visit));
  } catch {
    // The page itself still holds it.
  }
}

export function ownVisitHeld() {
  try {
    return JSON.parse(sessionStorage.getItem(HELD));
  } catch {
    return null;
  }
}

export function forgetOwnVisit() {
  try {
    for (const key of [TOKEN, HELD]) sessionStorage.removeItem(key);
    sessionStorage.setItem(DONE, "yes");
  } catch {
    // Nothing was kept.
  }
}

export function isOwnVisitDone() {
  try {
    return sessionStorage.getItem(DONE) !== null;
  } catch {
    return false;
  }
}
