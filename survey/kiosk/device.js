// The device: its token, and what the server last told it to ask. Both survive a restart without a network.
const TOKEN = "compati.token";
const LAST = "compati.kiosk";
const TIMEOUT = 8_000;

export class NotRegisteredError extends Error {}

export const readToken = () => localStorage.getItem(TOKEN);

export const saveToken = (token) => localStorage.setItem(TOKEN, token.trim());

// What to ask: fresh from the server, or as it was last told. Throws NotRegisteredError when the server does not know
// the token, and any other error when there is neither server nor memory.
export async function loadKiosk(token) {
  let answer;
  try {
    answer = await fetch("/api/kiosk", {
      headers: { Authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(TIMEOUT),
    });
  } catch (error) {
    return remembered(error);
  }
  if (answer.status === 401) throw new NotRegisteredError();
  if (!answer.ok) return remembered(new Error(`The server answered ${answer.status}.`));
  const kiosk = await answer.json();
  kiosk.clockOffset = Date.parse(kiosk.now) - Date.now();
  try {
    localStorage.setItem(LAST, JSON.stringify(kiosk));
  } catch {
    // A full storage costs the start without a network, not this one.
  }
  return kiosk;
}

function remembered(error) {
  const last = localStorage.getItem(LAST);
  if (!last) throw error;
  return JSON.parse(last);
}

// The time by the server's clock: a tablet's own may be off by days.
export const serverTime = (kiosk) => Date.now() + (kiosk?.clockOffset ?? 0);
