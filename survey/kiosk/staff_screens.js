// The screens that only staff see.
import { h } from "./dom.js";
import { say } from "./wording.js";

function secretForm({ words, id, label, save, kind = "password", ...attributes }, submit) {
  const field = h("input", { type: kind, id, autocomplete: "off", spellcheck: "false", required: true, ...attributes });
  const onsubmit = (event) => {
    event.preventDefault();
    if (field.value.trim()) submit(field.value.trim());
  };
  return h("form", { onsubmit }, h("label", { for: id }, say(words, label)), field,
    h("button", { type: "submit", class: "primary" }, say(words, save)));
}

const problemText = (words, problem, seconds) =>
  (problem ? h("p", { class: "problem", role: "alert" }, say(words, problem, { seconds })) : null);

// By the one-time code of the set-up page, or by the token that the command line shows.
export function enrolScreen({ words, problem, seconds = 0 }, { enrol, enrolByCode }) {
  return h("section", { class: "screen" },
    h("h1", { tabindex: "-1" }, say(words, "staff_title")),
    problemText(words, problem, seconds),
    h("p", { class: "notice" }, say(words, "staff_code_hint")),
    secretForm({ words, id: "code", label: "staff_code_label", save: "staff_save", kind: "text", autocapitalize: "characters" }, enrolByCode),
    h("details", { open: problem === "staff_unknown" },
      h("summary", {}, say(words, "staff_token_way")),
      h("p", { class: "notice" }, say(words, "staff_hint")),
      secretForm({ words, id: "token", label: "staff_label", save: "staff_save" }, enrol)));
}
