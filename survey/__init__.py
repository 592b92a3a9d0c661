"""What patients are asked and what they answer: instruments, kiosk, intake, store, tallies, the mirror."""

import os

# Before numpy is loaded. On matrices of a few rows the threads of its linear algebra wait for each other: with two
# cores a fit that takes 2 ms took 20.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
