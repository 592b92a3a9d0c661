"""The one look of all charts: colours that read on the light and the dark page, sizes that read from a distance.

Text and background are the page's own, so that a chart follows it from light to dark. Every colour here has a contrast
of 3 to 1 or more with both pages. Colours that stand beside each other differ in lightness or are blue against orange,
which people see whose reds and greens are alike. What a colour tells, a shape, a fill or a number tells as well.
"""

from typing import Any, Final

OWN: Final = "#2f7fb8"
OTHERS: Final = "#b36a12"
GREY: Final = "#767676"
QUIET: Final = "#7d868c"
IMPROVEMENT: Final = "#1a8a6b"
# From the lowest level of a scale to the highest.
LEVELS: Final = ("#b3446c", "#d9a05b", "#7fb2cf", "#2f7fb8")

CONFIG: Final[dict[str, Any]] = {
    "axis": {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"},
    "legend": {"labelFontSize": 12, "titleFontSize": 12},
    "text": {"fontSize": 12},
    "view": {"stroke": None},
}
