import ast
import string
from pathlib import Path

import pytest

from analysis.language import FOLDER, LANGUAGES, read_translations, say, speaking, spoken_language

ROOT = Path(__file__).parent.parent.parent
OTHERS = [language for language in LANGUAGES if language != "en"]


def said_texts():
    """Every literal that the code gives to `say` or `sayable`."""
    texts = set()
    for folder in ("analysis", "pages"):
        for path in (ROOT / folder).rglob("*.py"):
            code = path.read_text(encoding="utf-8")
            if "from analysis.language import" not in code:
                continue
            for node in ast.walk(ast.parse(code)):
                if isinstance(node, ast.Call) and getattr(node.func, "id", None) in ("say", "sayable"):
                    first = node.args[0]
                    if isinstance(first, ast.Constant):
                        texts.add(first.value)
                    else:
                        assert node.func.id == "say", f"{path}: sayable takes a literal"
                        assert not isinstance(first, ast.JoinedStr), f"{path}: say an f-string? use {{names}}"
    return texts


def fields(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated_and_no_translation_is_left_over(language):
    translated = set(read_translations(language))
    assert said_texts() - translated == set()
    assert translated - said_texts() == set()


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_fills_in_the_same_names(language):
    for text, translation in read_translations(language).items():
        assert fields(text) == fields(translation), text
        assert translation.strip(), text


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_translated_twice(language):
    lines = [
        line.split(" = ")[0]
        for path in (FOLDER / language).glob("*.toml")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith('"')
    ]
    assert len(lines) == len(set(lines))


def test_a_text_is_said_in_the_language_of_the_moment():
    assert say("no answers") == "no answers"
    with speaking("es"):
        assert spoken_language() == "es"
        assert say("no answers") == "sin respuestas"
    with speaking("xx"):
        assert say("no answers") == "no answers"
