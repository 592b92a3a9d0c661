// Delivery of the queue: one visit after the other, again and again until the server has them all.
import { allVisits, dropVisit, setAside } from "./queue.js";
import { forgetTraces } from "./traces.js";

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 60_000;
const LONGEST_ASKED = 600_000;
const TIMEOUT = 20_000;

// What an answer means for a visit: "stored", "aside" (this visit is wrong, staff must look), "refused" (the device is
// not registered), "gone" (this link let another visit in), or "later". A success counts only in our server's own words: the sign-in page of a guest network
// also says 200. Whatever does not speak of the visit itself is tried again.
export function meaningOf(status, body) {
  if (status === 200 || status === 201) return ["stored", "same"].includes(outcomeIn(body)) ? "stored" : "later";
  if (status === 401) return "refused";
  if (status === 410) return "gone";
  if ([409, 413, 415, 422].includes(status)) return "aside";
  return "later";
}

function outcomeIn(body) {
  try {
    return JSON.parse(body)?.outcome;
  } catch {
    return null;
  }
}

// How long the server asks to wait, in milliseconds; 0 if it does not ask. A date instead of seconds is not worth more.
const askedWait = (header) => Math.min(1_000 * (Number(header) || 0), LONGEST_ASKED);

export async function putVisit({ id, payload, kind }, token) {
  const answer = await fetch(`/api/${kind === "decline" ? "declines" : "responses"}/${id}`, {
    method: "PUT",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify(payload),
    signal: AbortSignal.timeout(TIMEOUT),
  });
  const body = (await answer.text()).slice(0, 2_000);
  return { meaning: meaningOf(answer.status, body), body, wait: askedWait(answer.headers.get("Retry-After")) };
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const isCorrupted = ({ id, payload }) => !UUID.test(id) || payload === null || typeof payload !== "object";

// Answers first: a server that does not count declines yet must not hold them up.
const inOrder = (visits) => [...visits].sort((one, other) => (one.kind === "decline") - (other.kind === "decline"));

export class Sender {
  // `token()` gives the device's token or null; `onChange({ states, refused })` hears after every round, with the state
  // of each visit that is still on the device, or null for `states` when the device's storage cannot be read.
  constructor({ token, onChange }) {
    this.token = token;
    this.onChange = onChange;
    this.wait = FIRST_WAIT;
    this.running = null;
    this.timer = 0;
    addEventListener("online", () => this.hurry());
  }

  // Deliver what is due, now; calls while it runs join it and make it look once more.
  deliver() {
    clearTimeout(this.timer);
    if (this.running) {
      this.again = true;
      return this.running;
    }
    this.running = this.round().finally(() => {
      this.running = null;
      if (this.again) {
        this.again = false;
        this.deliver();
      }
    });
    return this.running;
  }

  // However long the last outage has stretched the wait, begin with a short one.
  hurry() {
    this.wait = FIRST_WAIT;
    return this.deliver();
  }

  async round() {
    let last = { meaning: "stored", wait: 0 };
    try {
      for (const visit of inOrder(await allVisits())) {
        if (visit.state !== "due") continue;
        if (isCorrupted(visit)) {
          await setAside(visit, "This entry is damaged.");
          continue;
        }
        if (!this.token()) continue;
        last = await putVisit(visit, this.token());
        if (last.meaning === "stored") await dropVisit(visit.id);
        else if (last.meaning === "aside") await setAside(visit, last.body);
        else break;
      }
    } catch {
      // The network or the storage is away; the next round finds the same visits.
    }
    await this.report(last.meaning === "refused");
    const jitter = this.wait * (0.5 + Math.random() / 2);
    this.timer = setTimeout(() => this.deliver(), Math.max(jitter, last.wait));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  async report(refused) {
    forgetTraces();
    let states = null;
    try {
      const visits = await allVisits();
      states = new Map(visits.filter(({ kind }) => kind !== "decline").map(({ id, state }) => [id, state]));
    } catch {
      // Said to staff; the storage is asked again after the next round.
    }
    this.onChange({ states, refused });
  }
}
