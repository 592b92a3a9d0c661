// Answering without a pointer: the arrow keys walk through the answers; among them a digit gives the answer of that
// number. Elsewhere it does nothing, so that somebody who speaks to the device gives no answer by saying a number.
const TYPED_IN = "input, textarea, select";

export function listenToKeys(held, { isSettled }) {
  held.addEventListener("keydown", (event) => {
    if (event.target.matches(TYPED_IN) || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    const choices = [...held.querySelectorAll(".stage .choices .choice")];
    if (!choices.length) return;
    if (/^[1-9]$/.test(event.key)) {
      if (choices.includes(event.target) && isSettled()) choices[event.key - 1]?.click();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = choices.indexOf(event.target);
    const next = at < 0 ? (step > 0 ? 0 : choices.length - 1) : (at + step + choices.length) % choices.length;
    choices[next].focus();
  });
}
