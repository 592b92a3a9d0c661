// The one entry: puts the card into a host's element. A page has one card; a host that calls again, as Streamlit does
// on every re-render, gets the same card moved to where it now belongs, with the visit in it.
import { Card } from "./card.js";
import { saveToken } from "./device.js";
import { h } from "./dom.js";
import { loadWording } from "./wording.js";

let opening = null;
let given = null;

async function openCard(options) {
  const words = await loadWording(import.meta.url);
  return new Card({ words, ...options });
}

// Resolves with the card. `token` registers the device without typing, `code` by a one-time code; `visitToken` is that of
// a visit on somebody's own phone; `onIdle` hears when no visit is on the screen.
export async function mount(parent, { token = null, code = null, visitToken = null, onIdle } = {}) {
  const first = !opening;
  opening ??= openCard({ onIdle, visitToken });
  const card = await opening;
  if (card.element.parentNode !== parent) {
    parent.replaceChildren(h("link", { rel: "stylesheet", href: new URL("card.css", import.meta.url).href }), card.element);
  }
  const enrolled = token && token !== given;
  if (enrolled) {
    given = token;
    saveToken(token);
  }
  if (code) await card.registration.registerByCode(code);
  else if (first || enrolled) await card.registration.open();
  return card;
}
