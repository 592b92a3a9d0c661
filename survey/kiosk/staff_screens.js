// The screens that only staff see.
import { h } from "./dom.js";
import { LANGUAGES, say } from "./wording.js";

function secretForm({ words, id, label, save, kind = "password", ...attributes }, submit) {
  const field = h("input", { type: kind, id, dir: "ltr", autocomplete: "off", spellcheck: "false", required: true, ...attributes });
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

export function pinScreen({ words, problem, seconds }, { submit, close }) {
  return h("section", { class: "screen" },
    h("h1", { tabindex: "-1" }, say(words, "staff_menu")),
    problemText(words, problem, seconds),
    secretForm({ words, id: "pin", label: "staff_pin", save: "staff_open", inputmode: "numeric" }, submit),
    h("div", { class: "ways" }, h("button", { type: "button", class: "quiet", onclick: close }, say(words, "staff_close"))));
}

function facts({ words, language, kiosk, visits }) {
  const count = (state) => visits.filter((each) => each.state === state).length;
  const rows = [
    ["staff_device", kiosk.device.name],
    ["staff_unit", kiosk.device.unit.name],
    ...(visits ? [["staff_queue", count("due")], ["staff_aside", count("aside")]] : []),
    ["staff_heard", new Date(kiosk.now).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" })],
    ["staff_version", document.documentElement.dataset.version ?? "–"],
  ];
  return h("dl", { class: "facts" }, rows.map(([key, value]) => h("div", {}, h("dt", {}, say(words, key)), h("dd", { dir: "auto" }, String(value ?? "–")))));
}

// With `harmless`, the reason why no PIN protects it, only what does no harm in anybody's hands.
export function staffScreen({ words, language, kiosk, visits, first, harmless, problem, count }, act) {
  const button = (kind, key, onclick) => h("button", { type: "button", class: kind, onclick }, say(words, key));
  const chosen = h("select", { id: "first-language", onchange: () => act.chooseLanguage(chosen.value) },
    h("option", { value: "" }, say(words, "staff_language_auto")),
    Object.entries(LANGUAGES).map(([value, name]) => h("option", { value, lang: value, selected: value === first }, name)));
  const file = h("input", { type: "file", id: "queue-file", accept: "application/json,.json", onchange: () => act.takeIn(file.files[0]) });
  const leave = button("quiet", "staff_leave", () => leave.replaceWith(button("choice", "staff_leave_sure", act.leave)));
  const guarded = harmless ? [h("p", { class: "notice" }, say(words, harmless))] : [
    h("div", { class: "field" }, h("label", { for: "first-language" }, say(words, "staff_language")), chosen),
    button("choice", "staff_export", act.save),
    h("div", { class: "field" }, h("label", { for: "queue-file" }, say(words, "staff_import")), file),
    leave,
  ];
  return h("section", { class: "screen" },
    h("h1", { tabindex: "-1" }, say(words, "staff_menu")),
    problem ? h("p", { class: "help", role: "alert" }, say(words, problem, { count })) : null,
    visits ? null : h("p", { class: "problem", role: "alert" }, say(words, "staff_storage")),
    facts({ words, language, kiosk, visits }),
    guarded,
    h("div", { class: "ways" }, button("quiet", "staff_print", act.print), button("primary", "staff_close", act.close)));
}
