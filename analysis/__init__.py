"""The statistics, and what they say: methods, disclosure control, reports, charts, documents."""

import survey  # noqa: F401  it says how many threads linear algebra takes, before numpy is loaded
