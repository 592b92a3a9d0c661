// One visit of one patient: pure state, no DOM, no storage. Forgetting a visit is forgetting this object.
import { newUuid } from "./uuid.js";

// `language` is the one in which the questions are shown.
export function startVisit({ instrument, language, mode, respondent, now }) {
  return { id: newUuid(), instrument, language, mode, respondent, about: {}, clinician: null, answers: new Map(), comment: "", startedAt: now };
}

// Pasted control characters and halves of characters would only make the server refuse the whole visit.
const clean = (text) => text.replace(/[\p{Cs}\0-\x08\v\f\x0e-\x1f\x7f-\x9f]/gu, "").trim();

// The document that `PUT /api/responses/{uuid}` takes. An item without an answer was not reached.
export function finishVisit(visit, now) {
  const { instrument } = visit;
  return {
    instrument: instrument.id,
    version: instrument.version,
    language: visit.language,
    mode: visit.mode,
    respondent: visit.respondent,
    clinician: visit.clinician,
    answers: Object.fromEntries(instrument.items.map((item) => [item, visit.answers.get(item) ?? "not_reached"])),
    ...(Object.keys(visit.about).length ? { about: visit.about } : {}),
    comment: clean(visit.comment) || null,
    started_at: new Date(visit.startedAt).toISOString(),
    finished_at: new Date(Math.max(now, visit.startedAt)).toISOString(),
  };
}

// The document that `PUT /api/declines/{uuid}` takes: that somebody was asked and would rather not.
export const declineVisit = ({ instrument, language, mode, now }) =>
  ({ instrument: instrument.id, version: instrument.version, language, mode, at: new Date(now).toISOString() });
