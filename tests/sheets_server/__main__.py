"""`python -m tests.sheets_server --port 0 --latency-ms 300`: the loopback server as a process; prints its address."""

import argparse
import threading

from tests.sheets_server import LoopbackSheets

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--latency-ms", type=float, default=0)
parser.add_argument("--per-minute", type=int, default=0, help="quota of reads and of writes a minute; 0 is none")
parser.add_argument("--fault-share", type=float, default=0, help="share of the requests that fail")
parser.add_argument("--seed", type=int, default=0, help="which of them fail, and how")
arguments = parser.parse_args()
with LoopbackSheets(
    port=arguments.port, latency=arguments.latency_ms / 1_000, per_minute=arguments.per_minute
) as sheets:
    sheets.plan.seed(arguments.seed, share=arguments.fault_share)
    print(sheets.url, flush=True)
    threading.Event().wait()
