"""`make bench`: run the benchmarks and write `benchmarks/results.md`."""

import os
import platform
from pathlib import Path

from benchmarks import analysis, dashboards, intake, kiosks, mirror

RESULTS = Path(__file__).parent / "results.md"

if __name__ == "__main__":
    sections = [intake.run(), kiosks.run(), mirror.run(), analysis.run(), dashboards.run()]
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    head = f"# Benchmark results\n\nWritten by `make bench` on {machine}. Ratios matter more than times.\n\n"
    RESULTS.write_text(head + "\n".join(sections), encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))
