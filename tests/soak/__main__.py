"""`python -m tests.soak [--seed N] [--short]`: the soak on a PostgreSQL of its own; it ends with 0 if all held."""

import argparse
import sys

from survey.instrument import load_catalogue
from survey.store import Store
from tests.postgresql import PostgresProcess
from tests.samples import small_roster
from tests.soak.run import soak


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="2,000 responses and 12 deeds for 20,000 and 40")
    chosen = parser.parse_args()
    responses, deeds = (2_000, 12) if chosen.short else (20_000, 40)
    server = PostgresProcess()
    try:
        store = Store(server.url, load_catalogue()).open()
        small_roster(store)
        store.close()
        done = soak(server.url, seed=chosen.seed, responses=responses, deeds=deeds)
    finally:
        server.stop()
    print(done)
    return 0 if done.held and (done.tried_the_steps if chosen.short else done.tried_enough) else 1


if __name__ == "__main__":
    sys.exit(main())
