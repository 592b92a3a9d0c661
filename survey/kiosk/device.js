// The device: its token, and what the server last told it to ask. Both survive a restart without a network.
const TOKEN = "compati.token";
const LAST = "compati.kiosk";
const TIMEOUT = 8_000;

export class NotRegisteredError extends Error {}

export const readToken = () => localStorage.getItem(TOKEN);

export const saveToken = (token) => localStorage.setItem(TOKEN, token.trim());

// What to ask: fresh from the server, or as it was last told unless only `fresh` will do. Throws NotRegisteredError when
// the server does not know the token, and any other error when there is neither server nor memory.
export async function loadKiosk(token, { fresh = false } = {}) {
  try {
    return await askServer(token);
  } catch (error) {
    const last = localStorage.getItem(LAST);
    if (error instanceof NotRegisteredError || fresh || !last) throw error;
    return JSON.parse(last);
  }
}

async function askServer(token) {
  const answer = await fetch("/api/kiosk", {
    headers: { Authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(TIMEOUT),
  });
  if (answer.status === 401) throw new NotRegisteredError();
  if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
  const kiosk = await answer.json();
  kiosk.clockOffset = Date.parse(kiosk.now) - Date.now();
  try {
    localStorage.setItem(LAST, JSON.stringify(kiosk));
  } catch {
    // A full storage costs the start without a network, not this one.
  }
  return kiosk;
}

// Ask the browser not to clear this device's storage when its disk runs low. It may refuse; nothing depends on it.
export const askToKeepStorage = () => navigator.storage?.persist?.().catch(() => {});

// The time by the server's clock: a tablet's own may be off by days.
export const serverTime = (kiosk) => Date.now() + (kiosk?.clockOffset ?? 0);
