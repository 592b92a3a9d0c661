"""The order in which groups and levels are told, on every command and in every result."""

from collections.abc import Sequence
from math import isnan


def sorted_places(labels: Sequence[str]) -> list[int]:
    """The places of labels in their sorted order: as numbers where all are numbers (2 before 10), else as text.

    So do R and pandas, which read a column of numbers as numbers. Text is compared letter by letter, by code point.
    """
    try:
        numbers = [float(label) for label in labels]
    except ValueError:
        numbers = []
    if not numbers or any(isnan(number) for number in numbers):
        return sorted(range(len(labels)), key=labels.__getitem__)
    return sorted(range(len(labels)), key=lambda at: (numbers[at], labels[at]))


def sort_labels(labels: Sequence[str]) -> list[str]:
    """The labels in the order of `sorted_places`."""
    return [labels[at] for at in sorted_places(labels)]
