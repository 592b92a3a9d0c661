// The card inside a Streamlit page. Two or three seconds after its server is lost, Streamlit lays a "Connection error"
// dialog over the page and makes the page inert, so that nothing can be tapped. The visit needs no server: the dialog
// is hidden and the page stays alive.
import { mount } from "./mount.js";

let watching = null;

function keepUsable() {
  for (const dialog of document.querySelectorAll('[data-testid="stDialog"]')) {
    dialog.style.setProperty("display", "none", "important");
  }
  for (const inert of document.querySelectorAll("[inert]")) inert.removeAttribute("inert");
}

export function mountInStreamlit(parent, options) {
  watching ??= new MutationObserver(keepUsable);
  watching.observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ["inert"] });
  mount(parent, options);
  return () => watching.disconnect();
}
