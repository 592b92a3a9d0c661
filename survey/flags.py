"""What the server notices of a response. A flag goes to the people who look after answers; it drops nothing."""

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from typing import Final, Literal
from uuid import UUID

from survey.kiosk import FOLDER
from survey.response import NotAnswered, Response

Flag = Literal["harm", "repeated", "too_fast"]
# Of these anybody who looks at the answers should know; mentions of harm are for moderators.
QUALITY_FLAGS: Final = ("repeated", "too_fast")

# Faster than people can read and tap: a question takes 2 to 3 seconds for the quickest of readers, so under one second
# for each answer somebody only pressed.
SECONDS_PER_ANSWER: Final = 1.0
# A device's third identical visit within a minute is somebody pressing, or one person who answers over and over.
REPEATS: Final = 3
REPEAT_TIME: Final = timedelta(minutes=1)
# More than anybody can give in a minute; for a thousand devices it is 4 MB.
_REMEMBERED: Final = 12
_ANYWHERE: Final = re.compile(r"[\u0600-\u06ff\u4e00-\u9fff]")
_SPACE: Final = re.compile(r"\s+")


def flags_of(response: Response) -> list[Flag]:
    """The flags of a response."""
    flags: list[Flag] = []
    if response.comment and mentions_harm(response.comment):
        flags.append("harm")
    answered = sum(not isinstance(answer, NotAnswered) for answer in response.answers)
    if response.mode in ("kiosk", "own_device") and response.seconds < answered * SECONDS_PER_ANSWER:
        flags.append("too_fast")
    return flags


class RepeatWatch:
    """Knows a device's last visits, to notice the third identical one within a minute, by when they were finished.

    So visits that waited in a kiosk's queue for hours and come in one burst are told apart. It lives in the memory of
    the process that commits: what comes through another one, or before it was started, it does not see. A visit that
    is shown again, as after a commit that failed, counts once.
    """

    def __init__(self) -> None:
        self._visits: defaultdict[str, dict[UUID, tuple[Hashable, datetime]]] = defaultdict(dict)

    def is_repeated(self, response: Response) -> bool:
        """Whether this visit has at least two like it within a minute; it is remembered for the next ones."""
        if response.finished_at is None or response.mode not in ("kiosk", "own_device"):
            return False
        visits = self._visits[response.device_id]
        given = _given(response)
        alike = (
            uuid
            for uuid, (other, finished) in visits.items()
            if other == given and abs(finished - response.finished_at) <= REPEAT_TIME and uuid != response.id
        )
        enough = len(list(islice(alike, REPEATS - 1))) == REPEATS - 1
        visits.setdefault(response.id, (given, response.finished_at))
        if len(visits) > _REMEMBERED:
            del visits[next(iter(visits))]
        return enough


def _given(response: Response) -> Hashable:
    """What makes two visits identical. A hash, so that no answer stays in memory as it was given."""
    return hash(
        (
            response.instrument, response.version, response.language, response.mode, response.respondent,
            response.clinician_id, response.answers, response.comment, tuple(sorted(response.about.items())),
        )
    )  # fmt: skip


def mentions_harm(comment: str) -> bool:
    """Whether a comment mentions harm, by the lists of all languages that the kiosk uses before it is sent.

    A word counts from its beginning on; in Arabic and Chinese anywhere, where it may carry its article or no space.
    """
    text = _plain(comment)
    return any(_stands_in(word, text) for word in _harm_words())


def _stands_in(word: str, text: str) -> bool:
    if _ANYWHERE.search(word):
        return word in text
    return re.search(rf"(?<![^\W_]){re.escape(word)}", text) is not None


@cache
def _harm_words() -> tuple[str, ...]:
    return tuple(sorted({_plain(word) for word in _listed()}))


def _listed() -> Iterable[str]:
    for path in sorted((FOLDER / "wording").glob("*.json")):
        yield from json.loads(path.read_text(encoding="utf-8"))["harm_words"]


def _plain(text: str) -> str:
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text).lower().replace("’", "'").replace("ʼ", "'"))
