// Delivery of the queue: one visit after the other, again and again until the server has them all.
import { allVisits, dropVisit, setAside } from "./queue.js";

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 60_000;
const TIMEOUT = 20_000;

// What an answer means for a visit: "stored", "aside" (staff must look), "refused" (the device is not registered), or
// "later".
export function meaningOf(status) {
  if (status === 200 || status === 201) return "stored";
  if (status === 401) return "refused";
  if ([400, 403, 404, 409, 413, 415, 422].includes(status)) return "aside";
  return "later";
}

export async function putVisit({ id, payload }, token) {
  const answer = await fetch(`/api/responses/${id}`, {
    method: "PUT",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify(payload),
    signal: AbortSignal.timeout(TIMEOUT),
  });
  const problem = answer.ok ? "" : (await answer.text()).slice(0, 2_000);
  return { meaning: meaningOf(answer.status), problem, wait: 1_000 * Number(answer.headers.get("Retry-After") ?? 0) };
}

export class Sender {
  // `token()` gives the device's token or null; `onChange({due, aside, refused, stored})` hears of every change.
  constructor({ token, onChange }) {
    this.token = token;
    this.onChange = onChange;
    this.wait = FIRST_WAIT;
    this.running = null;
    this.timer = 0;
    addEventListener("online", () => this.deliver());
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

  async round() {
    let atLeast = 0;
    let refused = false;
    const stored = [];
    try {
      for (const visit of await allVisits()) {
        if (visit.state !== "due" || !this.token()) continue;
        const { meaning, problem, wait } = await putVisit(visit, this.token());
        if (meaning === "stored") {
          await dropVisit(visit.id);
          stored.push(visit.id);
        } else if (meaning === "aside") {
          await setAside(visit, problem);
        } else {
          refused = meaning === "refused";
          atLeast = wait;
          break;
        }
      }
    } catch {
      // The network or the storage is away; the next round finds the same visits.
    }
    await this.report(stored, refused);
    if (stored.length) this.wait = FIRST_WAIT;
    const jitter = this.wait * (0.5 + Math.random() / 2);
    this.timer = setTimeout(() => this.deliver(), Math.max(jitter, atLeast));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  async report(stored, refused) {
    let due = 0;
    let aside = 0;
    try {
      for (const { state } of await allVisits()) state === "due" ? (due += 1) : (aside += 1);
    } catch {
      // Counted again in the next round.
    }
    this.onChange({ due, aside, refused, stored });
  }

  // A visit was just finished: send soon, however long the last outage has stretched the wait.
  hurry() {
    this.wait = FIRST_WAIT;
    return this.deliver();
  }
}
