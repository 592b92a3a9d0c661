// The screens, each a function from what it shows and what may be done on it to an element. No state, no storage.
// Every screen has one heading, which takes the focus when the screen appears.
import { h } from "./dom.js";
import { LANGUAGES, say } from "./wording.js";

const heading = (text) => h("h1", { tabindex: "-1" }, text);
const button = (kind, text, onclick) => h("button", { type: "button", class: kind, onclick }, text);
const option = (kind, text, chosen, onclick) =>
  h("button", { type: "button", class: kind, "aria-pressed": String(chosen), onclick }, text);

export function welcomeScreen({ words, language, languages, respondent, unit }, { start, chooseLanguage, chooseRespondent }) {
  const whoAnswers = ["patient", "proxy", "assisted"].map((kind) =>
    h("label", { class: "pill" },
      h("input", { type: "radio", name: "respondent", value: kind, checked: kind === respondent, onchange: () => chooseRespondent(kind) }),
      h("span", {}, say(words, kind))));
  const otherLanguages = languages.map((each) =>
    h("button", { type: "button", class: "quiet", lang: each, "aria-pressed": String(each === language), onclick: () => chooseLanguage(each) },
      LANGUAGES[each]));
  return h("section", { class: "screen welcome" },
    languages.length > 1 ? h("div", { class: "languages", role: "group", "aria-label": say(words, "language") }, otherLanguages) : null,
    h("p", { class: "unit" }, unit),
    heading(say(words, "title")),
    h("p", { class: "notice" }, say(words, "notice")),
    button("primary", say(words, "start"), start),
    h("fieldset", { class: "pills" }, h("legend", {}, say(words, "who_answers")), whoAnswers));
}

export function clinicianScreen({ words, clinicians, chosen }, { choose, back }) {
  return h("section", { class: "screen" },
    heading(say(words, "clinician_question")),
    h("div", { class: "choices people" },
      clinicians.map(({ id, name }) => option("choice", name, id === chosen, () => choose(id)))),
    h("div", { class: "choices" }, button("choice unsure", say(words, "not_sure"), () => choose(null))),
    h("div", { class: "ways" }, button("quiet", say(words, "back"), back)));
}

export function questionScreen({ words, wording, instrument, item, chosen }, { answer, back }) {
  const number = instrument.items.indexOf(item) + 1;
  const count = instrument.items.length;
  const progress = say(words, "progress", { number, count });
  const choice = (kind, text, value) => option(kind, text, chosen === value, () => answer(value));
  return h("section", { class: "screen" },
    h("p", { class: "progress" }, progress),
    h("progress", { max: count, value: number - 1, "aria-label": progress }),
    h("h1", { tabindex: "-1" }, h("span", { class: "stem" }, `${wording.stem} `), wording.items[item]),
    h("div", { class: "choices" }, instrument.levels.map((level) => choice("choice", wording.levels[level], level))),
    h("div", { class: "ways" },
      button("quiet", say(words, "back"), back),
      instrument.not_applicable ? choice("quiet", say(words, "not_applicable"), "not_applicable") : null,
      choice("quiet", say(words, "skip"), "skipped")),
    wording.validated ? null : h("p", { class: "small" }, say(words, "unvalidated")));
}

export function commentScreen({ words, comment }, { send, change, back }) {
  const field = h("textarea", {
    rows: "4", maxlength: "4000", autocomplete: "off", "aria-label": say(words, "comment_label"),
    "aria-describedby": "comment-hint", oninput: () => change(field.value),
  });
  field.value = comment;
  return h("section", { class: "screen" },
    heading(say(words, "comment_question")),
    h("p", { id: "comment-hint", class: "notice" }, say(words, "comment_hint")),
    field,
    h("div", { class: "ways" }, button("quiet", say(words, "back"), back), button("primary", say(words, "send"), send)));
}

export function thanksScreen({ words, outcome }, { done }) {
  return h("section", { class: "screen thanks" },
    h("p", { class: "heart", "aria-hidden": "true" }, "♥"),
    heading(say(words, "thanks")),
    h("p", { class: "notice outcome", role: "status" }, say(words, outcome)),
    button("primary", say(words, "next_person"), done));
}

// One sentence, and what may be done about it.
export function messageScreen({ words, key }, { tryAgain, enrol } = {}) {
  return h("section", { class: "screen" },
    heading(say(words, key)),
    tryAgain ? button("primary", say(words, "try_again"), tryAgain) : null,
    enrol ? button("quiet", say(words, "staff_title"), enrol) : null);
}

export function enrolScreen({ words, problem }, { enrol }) {
  const field = h("input", { type: "password", id: "token", autocomplete: "off", spellcheck: "false", required: true });
  const submit = (event) => {
    event.preventDefault();
    if (field.value.trim()) enrol(field.value.trim());
  };
  return h("section", { class: "screen" },
    h("form", { onsubmit: submit },
      heading(say(words, "staff_title")),
      h("p", { class: "notice" }, say(words, "staff_hint")),
      h("label", { for: "token" }, say(words, "staff_label")),
      field,
      problem ? h("p", { class: "problem", role: "alert" }, say(words, problem)) : null,
      h("button", { type: "submit", class: "primary" }, say(words, "staff_save"))));
}

export function idleWarning({ words, seconds }, { moreTime }) {
  const count = h("p", { class: "countdown" }, say(words, "wipe_in", { seconds }));
  const dialog = h("dialog", { class: "idle", "aria-label": say(words, "still_there") },
    h("h2", {}, say(words, "still_there")), count, button("primary", say(words, "more_time"), moreTime));
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  return { dialog, tick: (left) => { count.textContent = say(words, "wipe_in", { seconds: left }); } };
}
