"""The language of screens and reports for staff: English in the code, other languages as tables beside it.

`say("…")` gives a text in the language of the moment; `languages/<code>/*.toml` hold `"English" = "translation"`. A
test reads the code and fails when a translation is missing or nobody says it any more.
"""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any, Final

LANGUAGES: Final = {"en": "English", "es": "Español"}
FOLDER: Final = Path(__file__).parent / "languages"
_spoken: ContextVar[str] = ContextVar("language", default="en")


def speak(language: str) -> None:
    """Say everything in this language from now on, in this thread or task; one that is not known is English."""
    _spoken.set(language if language in LANGUAGES else "en")


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say everything in this language inside a `with`."""
    before = _spoken.set(language if language in LANGUAGES else "en")
    try:
        yield
    finally:
        _spoken.reset(before)


def spoken_language() -> str:
    """The code of the language of the moment."""
    return _spoken.get()


def say(text: str, **values: Any) -> str:
    """The text in the language of the moment, with `{name}` filled in as `str.format` does."""
    translated = read_translations(_spoken.get()).get(text, text)
    return translated.format(**values) if values else translated


def sayable(text: str) -> str:
    """Mark a text that `say` is given later, such as a constant: unchanged, but the translations must have it."""
    return text


@cache
def read_translations(language: str) -> dict[str, str]:
    """The translations of a language, by the English text; none for English."""
    found: dict[str, str] = {}
    for path in sorted((FOLDER / language).glob("*.toml")):
        found |= tomllib.loads(path.read_text(encoding="utf-8"))
    return found
