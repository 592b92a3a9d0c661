// The card inside a Streamlit page. Two or three seconds after its server is lost, Streamlit lays a "Connection error"
// dialog over the page, makes the page inert and swallows the next tap. The visit needs no server: the dialog is closed
// as soon as it appears, and the focus goes back to where the patient was.
import { mount } from "./mount.js";

// Streamlit moves the focus once more while its dialog goes away.
const DIALOG_GONE = 100;

const watcher = new MutationObserver(keepUsable);
const mounted = new Set();
let focused = null;

function keepUsable() {
  const dialogs = document.querySelectorAll('[data-testid="stDialog"]');
  for (const dialog of dialogs) {
    dialog.style.setProperty("display", "none", "important");
    dialog.querySelector('[role="dialog"] button')?.click();
  }
  document.getElementById("root")?.removeAttribute("inert");
  if (dialogs.length) setTimeout(() => focused?.focus({ preventScroll: true }), DIALOG_GONE);
}

// Returns the function that ends this mounting; the watch ends with the last one.
export function mountInStreamlit(parent, options) {
  const mounting = {};
  mounted.add(mounting);
  watcher.observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ["inert"] });
  parent.addEventListener("focusin", ({ target }) => { focused = target; });
  mount(parent, options);
  return () => {
    mounted.delete(mounting);
    if (!mounted.size) watcher.disconnect();
  };
}
