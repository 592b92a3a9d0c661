// The screens, each a function from what it shows and what may be done on it to an element. No state, no storage.
// Every screen has one heading, which takes the focus when the screen appears.
import { h } from "./dom.js";
import { directionOf, LANGUAGES, say } from "./wording.js";

const heading = (text) => h("h1", { tabindex: "-1" }, text);
const button = (kind, text, onclick) => h("button", { type: "button", class: kind, onclick }, text);
const option = (kind, text, chosen, onclick) =>
  h("button", { type: "button", class: kind, "aria-pressed": String(chosen), onclick }, text);

// A telephone number in groups reads from left to right in Arabic too; left to itself, its groups change places.
const withNumbersWhole = (text) =>
  text.split(/(\+?\d[\d\s()./-]*\d)/).map((part, place) => (place % 2 ? h("bdi", { dir: "ltr" }, part) : part));

// A text of the clinic's own, in the language in which it was written.
const helpText = (help) => (help ? h("p", { class: "help", lang: help.language, dir: directionOf(help.language) }, withNumbersWhole(help.text)) : null);

export function welcomeScreen(
  { words, language, languages, respondent, unit, help, keepsPartial, shownIn }, { start, decline, chooseLanguage, chooseRespondent, staff },
) {
  const whoAnswers = ["patient", "proxy", "assisted"].map((kind) =>
    h("label", { class: "pill" },
      h("input", { type: "radio", name: "respondent", value: kind, checked: kind === respondent, onchange: () => chooseRespondent(kind) }),
      h("span", {}, say(words, kind))));
  const otherLanguages = languages.map((each) =>
    h("button", { type: "button", class: "quiet", lang: each, "aria-pressed": String(each === language), onclick: () => chooseLanguage(each) },
      LANGUAGES[each]));
  return h("section", { class: "screen welcome" },
    h("div", { class: "languages", role: "group", "aria-label": say(words, "language") }, otherLanguages),
    h("p", { class: "unit" }, h("bdi", {}, unit)),
    heading(say(words, "title")),
    h("p", { class: "notice" }, say(words, "notice"), keepsPartial ? ` ${say(words, "notice_partial")}` : ""),
    shownIn ? h("p", { class: "notice" }, say(words, "shown_in", { language: shownIn })) : null,
    helpText(help),
    h("fieldset", { class: "pills" }, h("legend", {}, say(words, "who_answers")), whoAnswers),
    h("div", { class: "ways" }, button("primary", say(words, "start"), start), button("quiet", say(words, "decline"), decline)),
    staff ? h("div", { class: "ways staff" }, button("quiet", say(words, "staff"), staff)) : null);
}

export function clinicianScreen({ words, clinicians, chosen }, { choose, back }) {
  return h("section", { class: "screen" },
    heading(say(words, "clinician_question")),
    h("div", { class: "choices people" },
      clinicians.map(({ id, name }) => option("choice", h("bdi", {}, name), id === chosen, () => choose(id)))),
    h("div", { class: "choices" }, button("choice unsure", say(words, "not_sure"), () => choose(null))),
    h("div", { class: "ways" }, button("quiet back", say(words, "back"), back)));
}

// One screen for all questions of a visit: between two of them only words change, which a slow tablet shows in half the
// time that it takes to build a screen anew. `ask(item, chosen)` puts a question on it and gives the element.
export function questionScreen({ words, wording, language, instrument }, { answer, back }) {
  const count = instrument.items.length;
  const own = { lang: language, dir: directionOf(language) };
  const choice = (kind, text, value) => ({ value, element: option(kind, text, false, () => answer(value)) });
  const levels = instrument.levels.map((level) => choice("choice", wording.levels[level], level));
  const notApplicable = instrument.not_applicable ? [choice("quiet", say(words, "not_applicable"), "not_applicable")] : [];
  const skip = choice("quiet", say(words, "skip"), "skipped");
  const [question, progress] = [document.createTextNode(""), document.createTextNode("")];
  const title = h("h1", { tabindex: "-1", ...own }, h("span", { class: "stem" }, `${wording.stem} `), question);
  // As high as the longest question, so that an answer keeps its place under the finger and nothing below is drawn anew.
  const room = h("div", { class: "room", "aria-hidden": "true", ...own },
    instrument.items.map((item) => h("p", { "data-stem": wording.stem, "data-item": wording.items[item] })));
  const bar = h("progress", { max: count });
  const elements = (choices) => choices.map(({ element }) => element);
  const screen = h("section", { class: "screen" },
    h("div", { class: "how-far" }, h("p", { class: "progress" }, progress), bar),
    h("div", { class: "question" }, room, title),
    h("div", { class: "choices", ...own }, elements(levels)),
    h("div", { class: "ways" }, button("quiet back", say(words, "back"), back), elements([...notApplicable, skip])),
    wording.validated ? null : h("p", { class: "small" }, say(words, "unvalidated")));
  const ask = (item, chosen) => {
    const number = instrument.items.indexOf(item) + 1;
    progress.data = say(words, "progress", { number, count });
    bar.value = number - 1;
    bar.setAttribute("aria-label", progress.data);
    question.data = wording.items[item];
    for (const { value, element } of [...levels, ...notApplicable, skip]) element.setAttribute("aria-pressed", String(value === chosen));
    return screen;
  };
  return { ask };
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
    h("div", { class: "ways" }, button("quiet back", say(words, "back"), back), button("primary", say(words, "send"), send)));
}

// Before a comment that mentions harm is sent: how to reach somebody now.
export function harmScreen({ words, help }, { send, back }) {
  return h("section", { class: "screen" },
    heading(say(words, "harm_title")),
    helpText(help),
    h("p", { class: "notice" }, say(words, "harm_note")),
    h("div", { class: "ways" }, button("quiet back", say(words, "back"), back), button("primary", say(words, "harm_send"), send)));
}

export function thanksScreen({ words, outcome, own }, { done }) {
  return h("section", { class: "screen thanks" },
    h("p", { class: "heart", "aria-hidden": "true" }, "♥"),
    heading(say(words, "thanks")),
    h("p", { class: "notice outcome", role: "status" }, say(words, outcome)),
    own ? h("p", { class: "notice" }, say(words, "own_done")) : button("primary", say(words, "next_person"), done));
}

// One sentence, perhaps a second one, and what may be done about it.
export function messageScreen({ words, key, note }, { tryAgain, enrol, done, staff } = {}) {
  return h("section", { class: "screen" },
    heading(say(words, key)),
    note ? h("p", { class: "notice" }, say(words, note)) : null,
    tryAgain ? button("primary", say(words, "try_again"), tryAgain) : null,
    done ? button("primary", say(words, "next_person"), done) : null,
    enrol ? button("quiet", say(words, "staff_title"), enrol) : null,
    staff ? h("div", { class: "ways staff" }, button("quiet", say(words, "staff"), staff)) : null);
}

export function idleWarning({ words, seconds, outcome = "wipe_in" }, { moreTime }) {
  const count = h("p", { class: "countdown" }, say(words, outcome, { seconds }));
  const dialog = h("dialog", { class: "idle", "aria-label": say(words, "still_there") },
    h("h2", {}, say(words, "still_there")), count, button("primary", say(words, "more_time"), moreTime));
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  return { dialog, tick: (left) => { count.textContent = say(words, outcome, { seconds: left }); } };
}
