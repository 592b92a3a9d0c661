"""What the server notices of a response. A flag goes to the people who look after answers; it drops nothing."""

import json
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Final, Literal

from survey.kiosk import FOLDER
from survey.response import NotAnswered, Response

Flag = Literal["harm", "too_fast"]

# Faster than people can read and tap: a question takes 2 to 3 seconds for the quickest of readers, so under one second
# for each answer somebody only pressed.
SECONDS_PER_ANSWER: Final = 1.0
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
