"""The charts that stand on a page: that all are drawn, and what somebody could not read of their text."""

from typing import Any

from playwright.sync_api import Page, expect

_TEXTS = """() => {
  const rgb = (colour) => {
    const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return context.getImageData(0, 0, 1, 1).data.slice(0, 3);
  };
  const luminance = (colour) => {
    const [r, g, b] = [...rgb(colour)].map((each) => each / 255)
      .map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const page = luminance(getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor);
  const charts = document.querySelectorAll("[data-testid=stVegaLiteChart] svg");
  return [...charts].flatMap((chart) => [...chart.querySelectorAll("text")].map((text) => {
    const [own, whole] = [text.getBoundingClientRect(), chart.getBoundingClientRect()];
    const ink = luminance(text.getAttribute("fill"));
    return {
      text: text.textContent,
      around: !text.closest(".role-mark"),
      seen: text.getAttribute("opacity") !== "0",
      contrast: (Math.max(ink, page) + 0.05) / (Math.min(ink, page) + 0.05),
      outside: Math.max(whole.left - own.left, own.right - whole.right, whole.top - own.top,
        own.bottom - whole.bottom),
      cut: text.textContent.endsWith("…"),
    };
  }));
}"""
# A text's box is taller than its letters.
_BOX = 3


def expect_charts(page: Page, count: int) -> None:
    """Wait until the page has this many charts and each of them is drawn."""
    charts = page.locator("[data-testid=stVegaLiteChart]")
    expect(charts).to_have_count(count, timeout=30_000)
    # By their number: while the page changes, charts of the panel before may stand there for a moment.
    for place in range(count):
        expect(charts.nth(place).locator("canvas, svg").first).to_be_visible(timeout=30_000)
    expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0)


def texts_of_charts(page: Page) -> list[dict[str, Any]]:
    """Every text that is drawn, with its contrast to the page and by how many pixels it stands out of its chart."""
    found: list[dict[str, Any]] = page.evaluate(_TEXTS)
    return [each for each in found if each["seen"] and each["text"]]


def unreadable(page: Page) -> list[dict[str, Any]]:
    """The texts around the charts' plots that are too faint for WCAG 2.2, and all that are cut."""
    return [
        each
        for each in texts_of_charts(page)
        if (each["around"] and each["contrast"] < 4.5) or each["outside"] > _BOX or each["cut"]
    ]
