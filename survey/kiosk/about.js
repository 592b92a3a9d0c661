// What people may say about themselves, as the server knows it (survey/respondent.py); each also "prefer not to say".
import { h } from "./dom.js";
import { say } from "./wording.js";

export const ABOUT = {
  age_band: ["under-18", "18-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75-84", "85+"],
  self_rated_health: ["poor", "fair", "good", "very_good", "excellent"],
  education: ["primary", "some_secondary", "secondary", "some_college", "bachelor", "postgraduate"],
};
const AGES = { "under-18": "age_youngest", "85+": "age_oldest" };

function labelOf(words, value) {
  if (/^\d+-\d+$/.test(value)) return value.replace("-", "–");
  return say(words, AGES[value] ?? value);
}

function field(words, name, chosen, choose) {
  const id = `compati-${name}`;
  const option = (value, text) => h("option", { value, selected: value === (chosen ?? "") }, text);
  const select = h("select", { id, autocomplete: "off", onchange: () => choose(name, select.value) },
    option("", say(words, "choose")),
    ABOUT[name].map((value) => option(value, labelOf(words, value))),
    option("prefer_not", say(words, "prefer_not")));
  return h("div", { class: "field" }, h("label", { for: id }, say(words, name)), select);
}

export function aboutScreen({ words, about }, { choose, back, go }) {
  return h("section", { class: "screen" },
    h("h1", { tabindex: "-1" }, say(words, "about_title")),
    h("p", { class: "notice" }, say(words, "about_hint")),
    Object.keys(ABOUT).map((name) => field(words, name, about[name], choose)),
    h("div", { class: "ways" },
      h("button", { type: "button", class: "quiet back", onclick: back }, say(words, "back")),
      h("button", { type: "button", class: "primary", onclick: go }, say(words, "continue"))));
}
