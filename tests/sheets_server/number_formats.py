"""Numbers as a number format shows them: `#,##0.00`, `0%`, `"$"#,##0`, `0.00E+00`, `yyyy-mm-dd h:mm:ss am/pm`."""

import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

DATES = ("DATE", "TIME", "DATE_TIME")
_DEFAULT = {
    "NUMBER": "#,##0.00", "PERCENT": "0.00%", "CURRENCY": '"$"#,##0.00', "SCIENTIFIC": "0.00E+00",
    "DATE": "m/d/yyyy", "TIME": "h:mm:ss am/pm", "DATE_TIME": "m/d/yyyy h:mm:ss", "TEXT": "@",
}  # fmt: skip
_PART = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<digits>[#0?][#0?,]*(\.[0#?]+)?|\.[0#?]+)|(?P<other>.)', re.S
)
_MOMENT = re.compile(
    r'"([^"]*)"|\\(.)|\[(h+|m+|s+)\]|([yY]+|m+|M+|[dD]+|h+|H+|[sS]+|am/pm|AM/PM|a/p|A/P)|\.(0+)|(.)', re.S
)


def shown(number: float, kind: str, pattern: str) -> str:
    """A number under a number format of this type and pattern; an empty pattern is the type's own."""
    pattern = pattern or _DEFAULT.get(kind, "")
    if kind in DATES:
        return _moment(number, pattern)
    if not pattern or pattern == "@" or pattern.lower() == "general":
        return general(number)
    sections = pattern.split(";")
    if number < 0 and len(sections) > 1:
        return _numeral(-number, sections[1])
    if number == 0 and len(sections) > 2:
        return _numeral(number, sections[2])
    text = _numeral(abs(number), sections[0])
    return f"-{text}" if number < 0 and re.search("[1-9]", text) else text


def general(number: float) -> str:
    """A number without a format: ten digits, no trailing zeros."""
    if float(number).is_integer() and abs(number) < 1e15:
        return str(int(number))
    return f"{number:.10G}"


def _numeral(number: float, pattern: str) -> str:
    power = re.search(r"([0#.,]+)E([+-])(0+)", pattern)
    if power:
        mantissa, exponent = f"{number:.{len(power[1].partition('.')[2])}E}".split("E")
        sign = "-" if exponent.startswith("-") else "+" if power[2] == "+" else ""
        return (
            f"{pattern[: power.start()]}{mantissa}E{sign}{abs(int(exponent)):0{len(power[3])}d}{pattern[power.end() :]}"
        )
    if "%" in re.sub(r'"[^"]*"', "", pattern):
        number *= 100
    parts = []
    for match in _PART.finditer(pattern):
        if match["digits"]:
            parts.append(_digits(number, match["digits"]))
        else:
            parts.append(
                next(part for part in (match["quoted"], match["escaped"], match["other"], "") if part is not None)
            )
    return "".join(parts)


def _digits(number: float, pattern: str) -> str:
    whole, _, fraction = pattern.partition(".")
    rounded = Decimal(repr(number)).quantize(Decimal(1).scaleb(-len(fraction)), rounding=ROUND_HALF_UP)
    integer, _, decimals = f"{rounded:f}".partition(".")
    least = fraction.count("0")
    while len(decimals) > least and decimals.endswith("0"):
        decimals = decimals[:-1]
    integer = integer.lstrip("0").rjust(whole.count("0"), "0")
    if "," in whole and integer:
        integer = f"{int(integer):,}".rjust(whole.count("0"), "0")
    return integer + (f".{decimals}" if fraction else "")


def _moment(number: float, pattern: str) -> str:
    at = datetime(1899, 12, 30) + timedelta(seconds=round(number * 86_400, 3))
    tokens = [match.groups() for match in _MOMENT.finditer(pattern)]
    words = [token[3] or "" for token in tokens]
    halves = any(word.lower() in ("am/pm", "a/p") for word in words)
    text = []
    for place, (quoted, escaped, elapsed, word, fraction, other) in enumerate(tokens):
        if elapsed:
            seconds = round(number * 86_400)
            whole = {"h": seconds // 3_600, "m": seconds // 60, "s": seconds}[elapsed[0]]
            text.append(f"{whole:0{len(elapsed)}d}")
        elif word:
            text.append(_word(at, word, halves, minutes=word[0] == "m" and _is_minute(tokens, words, place)))
        elif fraction:
            text.append("." + f"{at.microsecond:06d}"[: len(fraction)])
        else:
            text.append(next(part for part in (quoted, escaped, other) if part is not None))
    return "".join(text)


def _is_minute(tokens: list[tuple[str | None, ...]], words: list[str], place: int) -> bool:
    """An m is minutes after hours or before seconds, else months."""
    before = next((words[n] or tokens[n][2] or "" for n in range(place - 1, -1, -1) if words[n] or tokens[n][2]), "")
    after = next((words[n] or tokens[n][2] or "" for n in range(place + 1, len(words)) if words[n] or tokens[n][2]), "")
    return before[:1] in ("h", "H") or after[:1] in ("s", "S")


def _word(at: datetime, word: str, halves: bool, *, minutes: bool) -> str:
    kind, length = word[0] if word[0] in "mM" else word[0].lower(), len(word)
    if word.lower() in ("am/pm", "a/p"):
        half = f"{at:%p}" if length > 3 else f"{at:%p}"[0]
        return half.lower() if word[0] == "a" and length == 3 else half
    if kind == "y":
        return f"{at.year:04d}" if length > 2 else f"{at.year % 100:02d}"
    if kind in "mM" and not minutes:
        return [f"{at.month}", f"{at.month:02d}", f"{at:%b}", f"{at:%B}", f"{at:%B}"[0]][min(length, 5) - 1]
    if kind == "d":
        return [f"{at.day}", f"{at.day:02d}", f"{at:%a}", f"{at:%A}"][min(length, 4) - 1]
    value = at.minute if minutes else at.second if kind == "s" else (at.hour % 12 or 12) if halves else at.hour
    return f"{value:0{min(length, 2)}d}"
