// Nobody finds the answers of somebody who walked away: after a while without a touch a warning counts down, then the
// visit is wiped. `quiet` is how long nothing may happen, in seconds.
export const QUIET = 60;
const COUNTDOWN = 20;

export class IdleWatch {
  // `warn(seconds, moreTime)` shows the warning and returns { tick(left), close() }; `wipe()` forgets the visit.
  constructor({ element, warn, wipe }) {
    this.quiet = QUIET;
    this.timer = 0;
    this.warn = warn;
    this.wipe = wipe;
    for (const kind of ["pointerdown", "keydown", "input"]) element.addEventListener(kind, () => this.touched());
  }

  get running() {
    return this.timer !== 0;
  }

  start() {
    this.stop();
    this.touchedAt = performance.now();
    this.wait();
  }

  // A touch only says when it was, for a timer that is set anew is time between a tap and the next question.
  wait() {
    const left = 1_000 * this.quiet - (performance.now() - this.touchedAt);
    this.timer = setTimeout(() => (left > 0 ? this.wait() : this.countDown()), Math.max(0, left));
  }

  stop() {
    clearTimeout(this.timer);
    clearInterval(this.ticking);
    this.timer = 0;
    this.warning?.close();
    this.warning = null;
  }

  touched() {
    this.touchedAt = performance.now();
  }

  countDown() {
    let left = COUNTDOWN;
    this.warning = this.warn(left, () => this.start());
    this.ticking = setInterval(() => {
      left -= 1;
      if (left > 0) return this.warning.tick(left);
      this.stop();
      return this.wipe();
    }, 1_000);
  }
}
