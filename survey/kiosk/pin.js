// The PIN of the staff menu, compared with what the server told: PBKDF2-HMAC-SHA256. Wrong tries are counted in the
// device's storage, so that a reload does not give new ones.
const TRIES = "compati.pin_tries";
const FREE_TRIES = 3;
const FIRST_WAIT = 30_000;
const LONGEST_WAIT = 3_600_000;

// Browsers compute it on HTTPS and localhost only.
export const canCheckPin = () => Boolean(globalThis.crypto?.subtle);

const fromHex = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const toHex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

export async function isPin(typed, { salt, iterations, sha256 }) {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(typed), "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: fromHex(salt), iterations }, key, 256);
  return toHex(bits) === sha256.toLowerCase();
}

function readTries() {
  try {
    const { wrong, until } = JSON.parse(localStorage.getItem(TRIES)) ?? {};
    return { wrong: Number(wrong) || 0, until: Number(until) || 0 };
  } catch {
    return { wrong: 0, until: 0 };
  }
}

// How long no PIN is taken, in seconds. A clock that was set back does not make it longer than the longest wait.
export const secondsToWait = (now = Date.now()) => Math.ceil(Math.min(Math.max(readTries().until - now, 0), LONGEST_WAIT) / 1_000);

// Count a try before its PIN is checked, so that a reload in between does not undo it.
export function countTry(now = Date.now()) {
  const wrong = readTries().wrong + 1;
  const wait = wrong < FREE_TRIES ? 0 : Math.min(FIRST_WAIT * 2 ** (wrong - FREE_TRIES), LONGEST_WAIT);
  localStorage.setItem(TRIES, JSON.stringify({ wrong, until: now + wait }));
}

export const forgiveTries = () => localStorage.removeItem(TRIES);
