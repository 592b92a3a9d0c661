"""The one look of all charts: colours that read on the light and the dark page, sizes that read from a distance.

The background is the page's own, and text is dark or light after it (`INK`), so that a chart follows its page from
light to dark, also as a picture that somebody saves. Text has a contrast of 4.5 to 1 or more, every other colour one of
3 to 1 or more with both pages. Colours that stand beside each other differ in lightness or are blue against orange,
which people see whose reds and greens are alike. What a colour tells, a shape, a fill or a number tells as well.
"""

from typing import Any, Final

OWN: Final = "#2f7fb8"
OTHERS: Final = "#b36a12"
GREY: Final = "#767676"
QUIET: Final = "#7d868c"
IMPROVEMENT: Final = "#1a8a6b"
# From the lowest level of a scale to the highest; black numbers stand on them.
LEVELS: Final = ("#c05a80", "#d9a05b", "#7fb2cf", "#2f7fb8")

# Text on a light and on a dark page. Vega knows in its signal `background` what a chart stands on.
ON_LIGHT: Final = "#1f1f1f"
ON_DARK: Final = "#fafafa"
INK: Final = {"expr": f"luminance(background) < 0.2 ? '{ON_DARK}' : '{ON_LIGHT}'"}
# The page itself, between fills that touch.
PAGE: Final = {"expr": "background"}

CONFIG: Final[dict[str, Any]] = {
    "axis": {
        "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "labelColor": INK, "titleColor": INK,
    },
    # Towards the end, a long title has the room below the labels of the other axis as well: on a phone it is not cut.
    "axisX": {"titleAnchor": "end"},
    # A row or column without its name says nothing.
    "axisDiscrete": {"labelOverlap": False},
    "legend": {"labelFontSize": 12, "titleFontSize": 12, "labelColor": INK, "titleColor": INK},
    "text": {"fontSize": 12, "color": INK},
    "view": {"stroke": None},
}  # fmt: skip
