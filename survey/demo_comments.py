"""What the demo's invented patients write, and what its moderator passed on."""

import random
import time
from datetime import datetime, timedelta
from typing import Final

from survey.store import Store
from survey.store.comments import list_waiting_comments, review_comment

_SHARE: Final = 0.08
# By the highest trait that somebody writes so with, the lowest first; English and Spanish.
_TEXTS: Final[tuple[tuple[float, dict[str, tuple[str, ...]]], ...]] = (
    (
        -0.4,
        {
            "en": (
                "I felt rushed, and my questions were left open.",
                "Nobody looked up from the screen while I was talking.",
                "I was told the result at the door, in passing.",
            ),
            "es": ("Me sentí con prisas y mis preguntas quedaron sin respuesta.",),
        },
    ),
    (
        0.9,
        {
            "en": (
                "All in order. I would have liked a little more time.",
                "Explained well, though with many words I did not know.",
                "Good that my family was asked in.",
            ),
            "es": ("Todo correcto. Me habría gustado un poco más de tiempo.",),
        },
    ),
    (
        float("inf"),
        {
            "en": (
                "Thank you for sitting down and listening to me.",
                "I was afraid, and was taken seriously. Thank you.",
                "The first time that somebody asked how I am coping at home.",
            ),
            "es": ("Gracias por sentarse y escucharme.", "Tenía miedo y me tomaron en serio. Gracias."),
        },
    ),
)
_THANKS: Final = ("thank", "gracias")
_REVIEWER: Final = "moderator@demo.invalid"
_RECENT: Final = timedelta(days=45)


def invent_comment(chance: random.Random, trait: float, language: str) -> str | None:
    """What a patient with this trait writes; mostly nothing."""
    if chance.random() > _SHARE:
        return None
    texts = next(texts for highest, texts in _TEXTS if trait <= highest)
    return chance.choice(texts[language])


def moderate_demo(store: Store, now: datetime) -> None:
    """Pass the comments on but for those of the last weeks, which wait for whoever tries the moderator's page."""
    with store.writing() as connection:
        for comment in list_waiting_comments(connection, limit=1_000_000, until=(now - _RECENT).date()):
            thanks = any(word in comment.text.lower() for word in _THANKS)
            review_comment(
                connection, comment.response_id, "approved",
                text=None, thanks=thanks, reviewer=_REVIEWER, now=int(time.time()),
            )  # fmt: skip
