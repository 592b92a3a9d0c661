"""Who answered, how, and what they may say about themselves: the strata that are never silently pooled."""

from typing import Final, Literal

Mode = Literal["kiosk", "own_device", "paper", "import"]
RespondentKind = Literal["patient", "proxy", "assisted"]

# The case-mix adjusters that CAHPS surveys ask for, in rising order. "prefer_not" is an answer to each.
ABOUT: Final[dict[str, tuple[str, ...]]] = {
    "age_band": ("under-18", "18-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75-84", "85+"),
    "self_rated_health": ("poor", "fair", "good", "very_good", "excellent"),
    "education": ("primary", "some_secondary", "secondary", "some_college", "bachelor", "postgraduate"),
}
PREFER_NOT: Final = "prefer_not"
# What a fair comparison adjusts for: how and by whom it was answered, in which language, and what people said of
# themselves. A response's level in each is a stratum.
ADJUSTERS: Final = ("mode", "respondent", "language", *ABOUT)
