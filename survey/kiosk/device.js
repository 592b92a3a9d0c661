// The device: its token, and what the server last told it to ask. Both survive a restart without a network.
const TOKEN = "compati.token";
const FIRST_LANGUAGE = "compati.first_language";
const LAST = "compati.kiosk";
const TIMEOUT = 8_000;

export class NotRegisteredError extends Error {}

// A link for one visit that was used, or is too old; `reason` is "used" or "expired".
export class LinkGoneError extends Error {
  constructor(reason) {
    super(`The link is ${reason}.`);
    this.reason = reason;
  }
}

// Why a one-time code did not work: "staff_code_wrong", "staff_code_used", "staff_code_wait" or "staff_unreachable".
export class EnrolmentError extends Error {
  constructor(problem, seconds = 0) {
    super(problem);
    this.problem = problem;
    this.seconds = seconds;
  }
}

export const readToken = () => localStorage.getItem(TOKEN);

export const saveToken = (token) => localStorage.setItem(TOKEN, token.trim());

export const forgetToken = () => localStorage.removeItem(TOKEN);

// The language that staff chose for the welcome of this device, or null for the browser's.
export const firstLanguageOf = () => localStorage.getItem(FIRST_LANGUAGE);

export function setFirstLanguage(language) {
  if (language) localStorage.setItem(FIRST_LANGUAGE, language);
  else localStorage.removeItem(FIRST_LANGUAGE);
}

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

// What to ask on somebody's own phone: nothing of it stays there. Throws LinkGoneError or NotRegisteredError.
export const loadVisit = (token) => askServer(token, { remember: false });

// The device's token for a one-time code; throws EnrolmentError.
export async function enrolByCode(code) {
  let answer;
  try {
    answer = await fetch("/api/enrolments", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ code: code.trim().toUpperCase() }),
      signal: AbortSignal.timeout(TIMEOUT),
    });
    if (answer.status === 201) return (await answer.json()).token;
  } catch {
    throw new EnrolmentError("staff_unreachable");
  }
  const problem = { 404: "staff_code_wrong", 410: "staff_code_used", 422: "staff_code_wrong", 429: "staff_code_wait" };
  throw new EnrolmentError(problem[answer.status] ?? "staff_unreachable", Number(answer.headers.get("Retry-After")) || 60);
}

async function askServer(token, { remember = true } = {}) {
  const answer = await fetch("/api/kiosk", {
    headers: { Authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(TIMEOUT),
  });
  if (answer.status === 401) throw new NotRegisteredError();
  if (answer.status === 410) throw new LinkGoneError((await answer.json()).reason === "used" ? "used" : "expired");
  if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
  const kiosk = await answer.json();
  kiosk.clockOffset = Date.parse(kiosk.now) - Date.now();
  if (!remember) return kiosk;
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
